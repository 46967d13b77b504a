//! LuaJIT's option `-b`: a script, or a statement, as a binary chunk in a file or as a listing.
//!
//! Source: `bcsave.lua` of LuaJIT. There are no forms for C programs, which could not run these chunks.

use std::ffi::OsString;

use crate::arguments::{Compilation, Refusal};

/// What a command line with `-b` asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    /// The place of the script's name, or of the statement, among the words.
    pub input: usize,
    pub input_is_statement: bool,
    pub compilation: Compilation,
}

/// Reads all words from `-b` on: letters behind it and in other words that begin with a dash, then the input and the output.
///
/// # Errors
///
/// [`Refusal::Usage`].
pub fn parse(words: &[OsString], at: usize) -> Result<Request, Refusal> {
    let (mut lists, mut strips, mut input_is_statement) = (false, true, false);
    let mut places = Vec::new();
    let mut rest = at..words.len();
    while let Some(i) = rest.next() {
        let letters = match words[i].as_encoded_bytes() {
            b"--" => break,
            [b'-', b'b', letters @ ..] if i == at => letters,
            [b'-', letters @ ..] if !letters.is_empty() => letters,
            _ => {
                places.push(i);
                continue;
            }
        };
        for (n, letter) in letters.iter().enumerate() {
            let is_last = n + 1 == letters.len();
            match letter {
                b'l' => lists = true,
                b's' => strips = true,
                b'g' => strips = false,
                b'e' if is_last && places.is_empty() => {
                    input_is_statement = true;
                    places.push(rest.next().ok_or(Refusal::Usage)?);
                }
                // A name is for C programs.
                b'n' if is_last => _ = rest.next().ok_or(Refusal::Usage)?,
                b't' if is_last => {
                    let kind = rest.next().ok_or(Refusal::Usage)?;
                    if words[kind] != "raw" {
                        return Err(Refusal::BadValue { option: "-bt".into() });
                    }
                }
                _ => return Err(Refusal::Usage),
            }
        }
    }
    places.extend(rest);
    let (input, output) = match places[..] {
        [input] if lists => (input, "-".into()),
        [input, output] => (input, words[output].clone()),
        _ => return Err(Refusal::Usage),
    };
    let compilation =
        if lists { Compilation::List(output) } else { Compilation::Write { file: output, strips } };
    Ok(Request { input, input_is_statement, compilation })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Request, Refusal> {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        super::parse(&words, 0)
    }

    #[test]
    fn forms() {
        let write = |strips| Compilation::Write { file: "out".into(), strips };
        let request =
            |input, input_is_statement, compilation| Request { input, input_is_statement, compilation };
        assert_eq!(parse(&["-b", "in", "out"]), Ok(request(1, false, write(true))));
        assert_eq!(parse(&["-bg", "in", "out"]), Ok(request(1, false, write(false))));
        assert_eq!(parse(&["-b", "-g", "in", "out"]), Ok(request(2, false, write(false))));
        assert_eq!(parse(&["-bge", "x = 1", "out"]), Ok(request(1, true, write(false))));
        assert_eq!(
            parse(&["-b", "-n", "name", "-t", "raw", "--", "-", "out"]),
            Ok(request(6, false, write(true)))
        );
        assert_eq!(parse(&["-bl", "in"]), Ok(request(1, false, Compilation::List("-".into()))));
        assert_eq!(parse(&["-bl", "in", "out"]), Ok(request(1, false, Compilation::List("out".into()))));
    }

    #[test]
    fn refusals() {
        for words in [
            &["-b"][..],
            &["-b", "in"],
            &["-b", "in", "out", "more"],
            &["-be"],
            &["-beg", "x", "out"],
            &["-bx", "in", "out"],
        ] {
            assert_eq!(parse(words), Err(Refusal::Usage), "{words:?}");
        }
        assert_eq!(parse(&["-bt", "c", "in", "out"]), Err(Refusal::BadValue { option: "-bt".into() }));
    }
}
