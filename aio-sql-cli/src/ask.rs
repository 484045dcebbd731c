//! Questions to the user. Without a terminal, no question is asked: the command fails, and says
//! which flag or attribute answers it.

use std::io::IsTerminal;

use dialoguer::console::Term;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Select};

use crate::error::{Error, Result};

/// Asks the user, or takes the answer from the arguments.
#[derive(Clone, Copy, Debug)]
pub struct Ask {
    says_yes: bool,
}

impl Ask {
    /// Creates an `Ask`. With `says_yes` (the flag `--yes`), [`consent`](Ask::consent) is given
    /// without a question.
    pub fn new(says_yes: bool) -> Ask {
        Ask { says_yes }
    }

    /// Returns whether there is somebody to ask: standard input and standard error are terminals.
    pub fn is_possible() -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Asks whether to do something that cannot be undone. Returns if the answer is yes.
    ///
    /// # Errors
    /// If the answer is no, or nobody can be asked; the error then names the flag `--yes`.
    pub fn consent(&self, to: &str) -> Result<()> {
        if self.says_yes {
            return Ok(());
        }
        if !Ask::is_possible() {
            return Err(Error::usage(format!("{to}: this needs your consent")).help("pass `--yes`"));
        }
        let answer = Confirm::with_theme(&ColorfulTheme::default())
            .with_prompt(format!("{to}: continue?"))
            .default(false)
            .interact_opt();
        match answered(answer)? {
            true => Ok(()),
            false => Err(Error::new("nothing was done, because the answer was no")),
        }
    }

    /// Asks which of several items is meant. Returns its index. Each line of `otherwise` says how
    /// to answer in advance: by a flag, or by an attribute in the source.
    ///
    /// # Errors
    /// If nobody can be asked; the error then contains the question and the lines of `otherwise`.
    /// Also if the user leaves the question without an answer.
    pub fn choose(&self, question: &str, items: &[String], otherwise: &[String]) -> Result<usize> {
        if !Ask::is_possible() {
            let error = Error::usage(format!("{question} This is not asked, because there is no terminal."));
            return Err(otherwise.iter().fold(error, |error, line| error.help(line)));
        }
        let theme = ColorfulTheme::default();
        let answer = Select::with_theme(&theme).with_prompt(question).items(items).default(0);
        answered(answer.interact_opt())
    }
}

/// Returns the answer, or an error if the user has pressed Escape or Ctrl-C instead.
fn answered<T>(answer: dialoguer::Result<Option<T>>) -> Result<T> {
    // A question hides the cursor, and does not show it again if it is interrupted.
    let _ = Term::stderr().show_cursor();
    match answer {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(Error::new("nothing was done, because there was no answer")),
        Err(dialoguer::Error::IO(error)) if error.kind() == std::io::ErrorKind::Interrupted => {
            Err(Error::interrupted())
        }
        Err(error) => Err(Error::new(format!("the question cannot be shown: {error}"))),
    }
}
