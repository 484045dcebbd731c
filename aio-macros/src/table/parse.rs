//! Parsing the struct and its attributes into the model. An attribute that is invalid without
//! regard to other attributes is an error here, and the function that reads it returns `None`.
//! `check` finds attributes that contradict each other.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{DeriveInput, Expr, ExprLit, Lit, LitStr, Path, UnOp};

use super::grammar::{CHECK, COLUMN, FOREIGN_KEY, INDEX, NEW, PATCH, TABLE};
use super::model::{
    Check, Collate, CollateName, Default, DefaultValue, Field, ForeignKey, GeneratedStruct, Index, IndexPart, Names,
    Rules, Table, Target,
};
use crate::attribute::{Grammar, Item, split};
use crate::errors::Errors;
use crate::name::{constant, nearest, quoted, snake_case};
use crate::stored::NamedForms;
use crate::{serde, shape};

/// The word by which NULL is equal to NULL in a unique constraint or index.
const NULLS_NOT_DISTINCT: &str = "nulls_not_distinct";

/// Reads the struct. If it is not a struct with named fields, returns the path of the crate
/// aio-sql as the error, for the fallback.
pub(super) fn table<'a>(input: &'a DeriveInput, errors: &mut Errors<'_>) -> Result<Table<'a>, TokenStream> {
    let fields = shape::named_fields(input, "Table", errors);
    let items = TABLE.items(&input.attrs, errors);
    let krate = items.iter().find(|item| item.name == "crate").and_then(|item| item.path(errors));
    let krate = krate.map_or_else(shape::default_crate, Path::into_token_stream);
    let Some(fields) = fields else { return Err(krate) };
    let mut table = Table {
        krate,
        vis: &input.vis,
        ident: &input.ident,
        name: snake_case(&input.ident.unraw().to_string()),
        schema: None,
        fields: Vec::new(),
        primary_key: None,
        uniques: Vec::new(),
        nulls_not_distinct: Vec::new(),
        indexes: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        strict: true,
        without_rowid: None,
        serde: serde::items(&input.attrs),
        new: GeneratedStruct::default(),
        patch: GeneratedStruct::default(),
        methods: true,
        comment: None,
        was: None,
        without_migrations: None,
    };
    for (syn_field, ident) in fields {
        let ty = shape::without_self(&syn_field.ty, &input.ident);
        let mut field = Field::new(syn_field, ident, ty);
        read_field(&mut field, syn_field, &mut table, &mut errors.field(ident));
        table.fields.push(field);
    }
    for item in items {
        read_table_item(&mut table, &item, errors);
    }
    Ok(table)
}

fn read_table_item(table: &mut Table<'_>, item: &Item, errors: &mut Errors<'_>) {
    match item.key().as_str() {
        "name" => set(&mut table.name, item.string("users", errors).map(|name| name.value())),
        "schema" => table.schema = item.string("app", errors),
        "primary_key" => table.primary_key = names(item, errors),
        "unique" => unique(table, item, errors),
        "index" => table.indexes.extend(index(item, errors)),
        "foreign_key" => table.foreign_keys.extend(foreign_key(item, errors)),
        "check" => table.checks.extend(check(item, errors)),
        "strict" if item.is_word() => table.strict = true,
        "strict" => set(&mut table.strict, item.flag(errors)),
        "without_rowid" => table.without_rowid = item.word(errors),
        "new" => new(&mut table.new, &NEW, "UserDraft", item, errors),
        "patch" if item.is_word() => table.patch.span = Some(item.name.span()),
        "patch" => new(&mut table.patch, &PATCH, "UserChanges", item, errors),
        "methods" => set(&mut table.methods, item.flag(errors)),
        "comment" => table.comment = item.string("who may log in", errors),
        "was" => table.was = item.string("posts", errors),
        "migrate" => {
            table.without_migrations = item.flag(errors).filter(|migrate| !migrate).map(|_| item.name.span());
        }
        _ => {}
    }
}

fn read_field(field: &mut Field<'_>, syntax: &syn::Field, table: &mut Table<'_>, errors: &mut Errors<'_>) {
    let (mut forms, mut target, mut rules) = (NamedForms::default(), None, Rules::default());
    let single_name = |item: &Item| Names { span: item.name.span(), fields: vec![field.ident.unraw()] };
    let items = COLUMN.items(&syntax.attrs, errors);
    for item in &items {
        if forms.read(item, errors) {
            continue;
        }
        match item.key().as_str() {
            "name" => set(&mut field.name, item.string("id", errors).map(|name| name.value())),
            "primary_key" => field.primary_key = item.word(errors),
            "auto" => field.auto = item.word(errors),
            "autoincrement" => field.autoincrement = item.word(errors),
            "unique" => table.uniques.extend(item.word(errors).map(|_| single_name(item))),
            "index" => table.indexes.extend(item.word(errors).map(|_| index_on(single_name(item)))),
            "default" => field.default = default(item, errors),
            "check" => field.check = check(item, errors),
            "collate" => field.collate = collate(item, errors),
            "declared_type" => field.declared_type = declared_type(item, errors),
            "references" => target = reference(item, errors).map(|target| (single_name(item), target)),
            "generated" => field.generated = item.string("a + b", errors),
            "stored" => field.is_stored = item.word(errors),
            "virtual" => field.is_virtual = item.word(errors),
            "created_at" => field.roles.extend(item.word(errors).map(|span| ("CreatedAt", span))),
            "updated_at" => field.roles.extend(item.word(errors).map(|span| ("UpdatedAt", span))),
            "version" => field.roles.extend(item.word(errors).map(|span| ("Version", span))),
            "comment" => field.comment = item.string("in lower case", errors),
            "was" => field.was = item.string("title", errors),
            "backfill" => field.backfill = backfill(item, errors),
            "skip" => field.skip = item.word(errors),
            _ => read_rule(&mut rules, item, errors),
        }
    }
    field.stored.form = forms.form(errors);
    set(&mut field.constant, constant(field.ident, errors));
    if let Some((columns, target)) = target {
        table.foreign_keys.push(ForeignKey { columns, targets: vec![target], rules });
    }
    field.items = items.into_iter().map(|item| item.name).collect();
}

fn set<T>(target: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *target = value;
    }
}

/// Reads `unique(a, b)` and similar lists.
fn names(item: &Item, errors: &mut Errors<'_>) -> Option<Names> {
    let fields = item.names("a, b", errors)?.iter().map(Ident::unraw).collect();
    Some(Names { span: item.name.span(), fields })
}

/// Reads `unique(a, b)` or `unique(a, b, nulls_not_distinct)`. A field with that name is written
/// `r#nulls_not_distinct`.
fn unique(table: &mut Table<'_>, item: &Item, errors: &mut Errors<'_>) {
    let Some(list) = item.names("a, b", errors) else { return };
    let (options, fields): (Vec<_>, Vec<_>) = list.iter().partition(|name| **name == NULLS_NOT_DISTINCT);
    let names = Names { span: item.name.span(), fields: fields.into_iter().map(Ident::unraw).collect() };
    if let Some(option) = options.first() {
        if names.fields.is_empty() {
            errors.push(option.span(), "a unique constraint needs a column: write `unique(a, nulls_not_distinct)`");
        }
        table.nulls_not_distinct.push(names.clone());
    }
    table.uniques.push(names);
}

fn index_on(names: Names) -> Index {
    let parts = names.fields.into_iter().map(IndexPart::Field).collect();
    Index {
        span: names.span,
        name: None,
        parts,
        unique: false,
        condition: None,
        nulls_not_distinct: None,
        method: None,
    }
}

/// Reads `index(a, b, unique, where = "…")`. Plain names are fields, except for `unique` and
/// `nulls_not_distinct`; a field with such a name is written `r#unique`.
fn index(item: &Item, errors: &mut Errors<'_>) -> Option<Index> {
    let mut index = index_on(Names { span: item.name.span(), fields: Vec::new() });
    let mut options = Vec::new();
    for part in split(item.list("a, b", errors)?, errors) {
        if part.is_word() && part.name != "unique" && part.name != NULLS_NOT_DISTINCT {
            index.parts.push(IndexPart::Field(part.name.unraw()));
        } else if part.name == "expr" {
            index.parts.extend(part.string("lower(a)", errors).map(IndexPart::Expression));
        } else {
            INDEX.accept(part, &mut options, errors);
        }
    }
    for option in options {
        match option.key().as_str() {
            "unique" => index.unique = option.word(errors).is_some(),
            NULLS_NOT_DISTINCT => index.nulls_not_distinct = option.word(errors),
            "using" => index.method = option.string("gin", errors),
            "where" => index.condition = option.string("karma > 0", errors),
            _ => index.name = option.string("users_by_name", errors),
        }
    }
    if let Some(span) = index.nulls_not_distinct.filter(|_| !index.unique) {
        errors.push(span, "`nulls_not_distinct` is about what is unique: write `index(a, unique, nulls_not_distinct)`");
    }
    Some(index)
}

/// Reads `check = "karma > 0"`, or `check(expr = "karma > 0", name = "good")`.
fn check(item: &Item, errors: &mut Errors<'_>) -> Option<Check> {
    if !item.is_list() {
        return item.string("karma > 0", errors).map(|expression| Check { expression, name: None });
    }
    let list = item.list("expr = \"karma > 0\", name = \"good\"", errors)?;
    if let Ok(text) = syn::parse2::<LitStr>(list.clone()) {
        let text = text.token();
        let message =
            format_args!("`check` takes a value: write `check = {text}`, or `check(expr = {text}, name = \"…\")`");
        errors.push(item.name.span(), message);
        return None;
    }
    let (mut expression, mut name, mut refused) = (None, None, false);
    for part in CHECK.items_of(list, errors) {
        let is_name = part.name == "name";
        let text = part.string(if is_name { "good" } else { "karma > 0" }, errors);
        refused |= text.is_none();
        *(if is_name { &mut name } else { &mut expression }) = text;
    }
    if expression.is_none() && !refused {
        errors.push(item.name.span(), "`check(..)` needs `expr = \"karma > 0\"`");
    }
    Some(Check { expression: expression?, name })
}

/// Reads `foreign_key(columns(a, b), references(Other::A, Other::B), …)`.
fn foreign_key(item: &Item, errors: &mut Errors<'_>) -> Option<ForeignKey> {
    let list = item.list("columns(a, b), references(Other::A, Other::B)", errors)?;
    let (mut columns, mut targets, mut rules) = (None, None, Rules::default());
    let mut complete = true;
    for part in FOREIGN_KEY.items_of(list, errors) {
        match part.key().as_str() {
            "columns" => columns = Some(names(&part, errors)),
            "references" => targets = Some(references(&part, errors)),
            _ => read_rule(&mut rules, &part, errors),
        }
    }
    for (given, missing) in
        [(columns.is_some(), "columns(a, b)"), (targets.is_some(), "references(Other::A, Other::B)")]
    {
        if !given {
            errors.push(item.name.span(), format_args!("`foreign_key(..)` needs `{missing}`"));
            complete = false;
        }
    }
    let (columns, targets) = columns.flatten().zip(targets.flatten()).filter(|_| complete)?;
    if columns.fields.len() != targets.len() {
        let (from, to) = (columns.fields.len(), targets.len());
        let message =
            format_args!("`columns(..)` has {from} and `references(..)` {to}: write one target for each column");
        errors.push(item.name.span(), message);
        return None;
    }
    Some(ForeignKey { columns, targets, rules })
}

fn references(item: &Item, errors: &mut Errors<'_>) -> Option<Vec<Target>> {
    let paths = item.parts::<Path>("Other::A, Other::B", errors)?;
    let targets: Vec<Target> = paths.iter().map(|path| target(path, errors)).collect::<Option<_>>()?;
    let table = |target: &Target| target.table.to_token_stream().to_string();
    if let Some((first, rest)) = targets.split_first()
        && let Some(other) = rest.iter().find(|other| table(other) != table(first))
    {
        let message =
            "a foreign key refers to one table: write a separate `foreign_key(..)` for the columns of another table";
        errors.push_tokens(&other.table, message);
        return None;
    }
    Some(targets)
}

fn reference(item: &Item, errors: &mut Errors<'_>) -> Option<Target> {
    target(&item.value("Team::ID", errors)?, errors)
}

/// Reads `Team::ID`: the table is the path without its last segment.
fn target(path: &Path, errors: &mut Errors<'_>) -> Option<Target> {
    let mut table = path.clone();
    table.segments.pop();
    table.segments.pop_punct();
    if table.segments.is_empty() {
        let name = path.to_token_stream().to_string();
        errors
            .push_tokens(path, format_args!("`{name}` is not a column: write the table and the column, `{name}::ID`"));
        return None;
    }
    Some(Target { table, column: path.clone() })
}

const ACTIONS: [(&str, &str); 5] = [
    ("cascade", "Cascade"),
    ("restrict", "Restrict"),
    ("set_null", "SetNull"),
    ("set_default", "SetDefault"),
    ("no_action", "NoAction"),
];

fn read_rule(rules: &mut Rules, item: &Item, errors: &mut Errors<'_>) {
    match item.key().as_str() {
        "on_delete" => rules.on_delete = action(item, errors),
        "on_update" => rules.on_update = action(item, errors),
        _ => rules.deferred = item.word(errors),
    }
}

fn action(item: &Item, errors: &mut Errors<'_>) -> Option<(&'static str, Span)> {
    let name: Ident = item.value("cascade", errors)?;
    let action = ACTIONS.into_iter().find(|(known, _)| name == known);
    if action.is_none() {
        let names = ACTIONS.map(|(known, _)| known);
        let suggestion =
            nearest(&name.to_string(), names).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
        errors
            .push(name.span(), format_args!("`{}` has no `{name}`: {suggestion}it takes {}", item.name, quoted(names)));
    }
    action.map(|(_, variant)| (variant, item.name.span()))
}

/// Reads `default = …`: a literal, `now` or `sql("…")`.
fn default(item: &Item, errors: &mut Errors<'_>) -> Option<Default> {
    let value: Expr = item.value("0", errors)?;
    match default_value(&value) {
        Ok(value) => Some(Default { span: item.name.span(), value }),
        Err(message) => {
            errors.push_tokens(&value, message);
            None
        }
    }
}

fn default_value(value: &Expr) -> Result<DefaultValue, &'static str> {
    const KINDS: &str = "`default` takes a literal, `now`, or an expression of the database as `sql(\"…\")`";
    match value {
        Expr::Group(group) => default_value(&group.expr),
        Expr::Path(path) if path.path.is_ident("now") => Ok(DefaultValue::Now),
        Expr::Path(path) if path.path.is_ident("None") || path.path.is_ident("null") => {
            Err("an `Option` without a default is already NULL: leave `default` out")
        }
        Expr::Call(call) => match (&*call.func, call.args.first()) {
            (Expr::Path(path), Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })))
                if path.path.is_ident("sql") && call.args.len() == 1 && !text.value().trim().is_empty() =>
            {
                Ok(DefaultValue::Sql(text.clone()))
            }
            _ => Err(KINDS),
        },
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => match &*unary.expr {
            Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => {
                literal(lit, true).unwrap_or(Err(KINDS))
            }
            _ => Err(KINDS),
        },
        Expr::Lit(lit) => literal(&lit.lit, false).unwrap_or(Err(KINDS)),
        _ => Err(KINDS),
    }
}

fn literal(lit: &Lit, negative: bool) -> Option<Result<DefaultValue, &'static str>> {
    Some(Ok(match lit {
        Lit::Str(text) => DefaultValue::Text(text.value()),
        Lit::Char(char) => DefaultValue::Text(char.value().to_string()),
        Lit::Bool(bool) => DefaultValue::Bool(bool.value),
        Lit::ByteStr(bytes) => DefaultValue::Blob(bytes.clone()),
        Lit::Int(int) => match int.base10_parse::<u64>() {
            Ok(magnitude) if magnitude <= i64::MAX as u64 + u64::from(negative) => {
                DefaultValue::Integer { negative, magnitude }
            }
            _ => return Some(Err("the number does not fit into 64 bits, as the integers of a database")),
        },
        Lit::Float(float) => match float.base10_parse::<f64>() {
            Ok(magnitude) if magnitude.is_finite() => {
                DefaultValue::Number(format!("{}{}", if negative { "-" } else { "" }, float.base10_digits()))
            }
            _ => return Some(Err("the number does not fit into 64 bits, as the floating-point numbers of a database")),
        },
        _ => return None,
    }))
}

/// Reads `backfill = sql("…")`.
fn backfill(item: &Item, errors: &mut Errors<'_>) -> Option<LitStr> {
    let value: Expr = item.value("sql(\"lower(title)\")", errors)?;
    if let Ok(DefaultValue::Sql(expression)) = default_value(&value) {
        return Some(expression);
    }
    let message = match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let text = text.token();
            format!("`backfill` takes an expression of the database: write `backfill = sql({text})`")
        }
        Expr::Lit(_) => {
            let value = value.to_token_stream();
            format!("`backfill` takes an expression of the database: write `backfill = sql(\"{value}\")`")
        }
        _ => "`backfill` takes an expression of the database: write `backfill = sql(\"lower(title)\")`".to_owned(),
    };
    errors.push_tokens(&value, message);
    None
}

/// Reads `collate = nocase`, or `collate = "german"` for a collation that the user registers.
fn collate(item: &Item, errors: &mut Errors<'_>) -> Option<Collate> {
    let value: Expr = item.value("nocase", errors)?;
    let name = match &value {
        Expr::Path(path) if path.path.is_ident("binary") => CollateName::Known("Binary"),
        Expr::Path(path) if path.path.is_ident("nocase") => CollateName::Known("NoCase"),
        Expr::Path(path) if path.path.is_ident("rtrim") => CollateName::Known("RTrim"),
        Expr::Path(path) if path.path.is_ident("unicode") => CollateName::Known("Unicode"),
        Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) if !name.value().trim().is_empty() => {
            CollateName::Named(name.clone())
        }
        _ => {
            let message = "`collate` takes `binary`, `nocase`, `rtrim`, `unicode`, or the name of a registered collation as a string";
            errors.push_tokens(&value, message);
            return None;
        }
    };
    Some(Collate { span: item.name.span(), name })
}

/// Reads `declared_type = "VARCHAR(20)"`. The type may be empty, as a column of SQLite need not
/// declare one.
fn declared_type(item: &Item, errors: &mut Errors<'_>) -> Option<LitStr> {
    item.value::<LitStr>("\"VARCHAR(20)\"", errors)
}

/// Parses the items of `new(..)` or `patch(..)`, such as `name = "UserDraft"`, `derive(Clone)` and
/// `serde(rename_all = "camelCase")`.
fn new(new: &mut GeneratedStruct, grammar: &Grammar, example: &str, item: &Item, errors: &mut Errors<'_>) {
    new.span = Some(item.name.span());
    let Some(list) = item.list(&format!("name = \"{example}\""), errors) else { return };
    for part in grammar.items_of(list, errors) {
        if part.name == "derive" {
            new.derives.extend(part.parts::<Path>("Clone, Debug", errors).unwrap_or_default());
        } else if part.name == "serde" {
            new.serde.extend(part.list("rename_all = \"camelCase\"", errors).into_iter().flat_map(serde::split));
        } else if let Some(name) = part.string(example, errors) {
            new.name = name.parse().map_err(|_| errors.push(name.span(), "this is not a valid name for a struct")).ok();
        }
    }
}
