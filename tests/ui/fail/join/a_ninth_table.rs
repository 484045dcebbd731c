use aio_sql::{Table, alias};

#[derive(Table)]
struct One {
    n: i64,
}

alias!(Two = One);
alias!(Three = One);
alias!(Four = One);
alias!(Five = One);
alias!(Six = One);
alias!(Seven = One);
alias!(Eight = One);
alias!(Nine = One);

fn main() {
    let _ = One::select()
        .cross_join(Two)
        .cross_join(Three)
        .cross_join(Four)
        .cross_join(Five)
        .cross_join(Six)
        .cross_join(Seven)
        .cross_join(Eight)
        .cross_join(Nine);
}
