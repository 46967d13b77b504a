//! The command line: the options of `lua` 5.1, and ours, which start with two dashes.
//!
//! Options end at the first word that is none: the script's name.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use ferrous_lua::{JitDump, JitMode, LuaOptions};

use crate::{OPTIONS_VARIABLE, PROGRAM, bytecode};

/// What the command line says.
#[derive(Debug, Default)]
pub struct Arguments {
    /// All words, the command's own name first.
    pub words: Vec<OsString>,
    /// What is to be run before the script, in order.
    pub preludes: Vec<Prelude>,
    pub is_interactive: bool,
    pub shows_version: bool,
    /// The place of the script's name among the words.
    pub script: Option<usize>,
    /// There is nothing to do but what comes from standard input.
    pub reads_stdin: bool,
    /// The script's name is a file's, even if it is `-`.
    pub script_is_file: bool,
    /// The script's name is a statement to be compiled.
    pub script_is_statement: bool,
    pub options: LuaOptions,
    /// Say at the end what the JIT has done.
    pub jit_stats: bool,
    /// What is done with the script instead of running it, if anything.
    pub compilation: Option<Compilation>,
    /// Options for the VMs that scripts start.
    pub inheritable: Vec<String>,
}

/// What the command does with a script that it does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compilation {
    /// Writes the bytecode as text to this file; `-` is standard output.
    List(OsString),
    /// Writes the binary chunk to this file, or to standard output.
    Write { file: OsString, strips: bool },
}

/// Where `-c` writes to if it is not told, as `luac` does.
const DEFAULT_OUTPUT: &str = "luac.out";

/// Something that an option says is to be run.
#[derive(Debug, PartialEq, Eq)]
pub enum Prelude {
    /// `-e stat`
    Execute(OsString),
    /// `-l name`
    Require(OsString),
    /// `-j command[=arguments]`
    Jit(OsString),
    /// `-O[options]`
    Optimize(OsString),
}

/// Why there is nothing to be run.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `--help`
    Help,
    /// No such option, or one without its value.
    Usage,
    /// An option's value is none that it can have.
    BadValue { option: String },
    /// `--jit` demands what this build does not have.
    NoJit,
}

/// Whether this build can compile hot code on this machine.
const HAS_JIT: bool = cfg!(all(feature = "jit", any(target_arch = "x86_64", target_arch = "aarch64")));

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Refusal::NoJit = self {
            return writeln!(f, "{PROGRAM}: this build has no JIT for this machine");
        }
        if let Refusal::BadValue { option } = self {
            writeln!(f, "{PROGRAM}: bad value of option {option}")?;
        }
        write!(
            f,
            "usage: {PROGRAM} [options] [script [args]].\n\
             Available options are:\n\
             \x20 -e stat  execute string 'stat'\n\
             \x20 -l name  require library 'name'\n\
             \x20 -i       enter interactive mode after executing 'script'\n\
             \x20 -v       show version information\n\
             \x20 -E       ignore environment variables\n\
             \x20 -j cmd   call a function of the jit library, such as 'off'\n\
             \x20 -O[opt]  set the compiler's options, as jit.opt.start does\n\
             \x20 -b...    save or list bytecode: -b[lsge] input [output]\n\
             \x20 -c       compile 'script' instead of running it, into luac.out or the file of -o\n\
             \x20 -o file  the file for -c ('-' is stdout)\n\
             \x20 -l -c    show the bytecode of 'script' instead of running it\n\
             \x20 --       stop handling options\n\
             \x20 -        execute stdin and stop handling options\n\
             \x20 --jit, --no-jit    compile hot code, or do not\n\
             \x20 --jit-hot=N        compile a loop after N iterations\n\
             \x20 --jit-sync         compile while the program waits\n\
             \x20 --jit-stress=SEED  compile at once, with guards that fail at random\n\
             \x20 --jit-dump[=FILE]  show what is compiled\n\
             \x20 --jit-stats        say at the end what was compiled\n\
             \x20 --jit-perf-map     name native code for the profiler perf\n\
             \x20 --lua52            let '#', pairs and ipairs ask metatables, as in Lua 5.2\n\
             \x20 --gc-stress        collect garbage at every opportunity\n\
             \x20 --memory-limit=N   let the program use N bytes (or N followed by K, M or G)\n\
             \x20 --dump-bytecode    as -l -c\n\
             The options of the VM are handed on to commands that scripts start, in {OPTIONS_VARIABLE}.\n"
        )
    }
}

impl Arguments {
    /// Reads the options that the environment hands on, then the command line, whose first word is the command's own name.
    ///
    /// # Errors
    ///
    /// An option that there is not, or that is used wrongly.
    pub fn parse(words: Vec<OsString>, inherited: &str) -> Result<Arguments, Refusal> {
        let mut arguments =
            Arguments { options: LuaOptions::new().exit_process(false), ..Arguments::default() };
        for option in inherited.split_whitespace() {
            arguments.long_option(option)?;
        }
        let mut has_statement = false;
        let mut output = None;
        let mut at = 1;
        while let Some(word) = words.get(at) {
            match word.as_encoded_bytes() {
                b"-" => {
                    arguments.script = Some(at);
                    break;
                }
                b"--" => {
                    arguments.script = (at + 1 < words.len()).then_some(at + 1);
                    arguments.script_is_file = true;
                    break;
                }
                [b'-', b'-', ..] => arguments.long_option(&word.to_string_lossy())?,
                b"-i" => {
                    arguments.is_interactive = true;
                    arguments.shows_version = true;
                }
                b"-v" => arguments.shows_version = true,
                b"-E" => arguments.options.ignore_environment = true,
                b"-c" => {
                    arguments.compilation.get_or_insert_with(|| Compilation::Write {
                        file: DEFAULT_OUTPUT.into(),
                        strips: false,
                    });
                }
                [b'-', b'b', ..] => {
                    let request = bytecode::parse(&words, at)?;
                    arguments.script = Some(request.input);
                    arguments.script_is_statement = request.input_is_statement;
                    arguments.compilation = Some(request.compilation);
                    break;
                }
                [b'-', b'O', ..] => arguments.preludes.push(Prelude::Optimize(tail(word, 2))),
                b"-o" => {
                    at += 1;
                    output = Some(words.get(at).ok_or(Refusal::Usage)?.clone());
                }
                b"-l" if words.get(at + 1).is_some_and(|next| next == "-c") => {
                    at += 1;
                    arguments.compilation = Some(Compilation::List("-".into()));
                }
                [b'-', kind @ (b'e' | b'j' | b'l'), rest @ ..] => {
                    let value = if rest.is_empty() {
                        at += 1;
                        words.get(at).ok_or(Refusal::Usage)?.clone()
                    } else {
                        tail(word, 2)
                    };
                    has_statement |= *kind == b'e';
                    arguments.preludes.push(match kind {
                        b'e' => Prelude::Execute(value),
                        b'j' => Prelude::Jit(value),
                        _ => Prelude::Require(value),
                    });
                }
                [b'-', ..] => return Err(Refusal::Usage),
                _ => {
                    arguments.script = Some(at);
                    break;
                }
            }
            at += 1;
        }
        match (output, &mut arguments.compilation) {
            (None, _) => {}
            (Some(output), Some(Compilation::Write { file, .. })) => *file = output,
            (Some(_), _) => return Err(Refusal::Usage),
        }
        if arguments.compilation.is_some() && arguments.script.is_none() {
            return Err(Refusal::Usage);
        }
        arguments.words = words;
        // Without anything to do, standard input is the script, unless somebody types there.
        arguments.reads_stdin = arguments.script.is_none()
            && !arguments.is_interactive
            && !arguments.shows_version
            && !has_statement;
        Ok(arguments)
    }

    fn long_option(&mut self, word: &str) -> Result<(), Refusal> {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let bad_value = || Refusal::BadValue { option: name.into() };
        let number = || value.and_then(|v| v.parse().ok()).ok_or_else(bad_value);
        match (name, value) {
            ("--help", None) => return Err(Refusal::Help),
            ("--jit", None) if !HAS_JIT => return Err(Refusal::NoJit),
            ("--jit", None) => self.options.jit.mode = JitMode::On,
            ("--no-jit", None) => self.options.jit.mode = JitMode::Off,
            ("--jit-stats", None) => {
                self.jit_stats = true;
                self.options.jit.count_iterations = true;
            }
            ("--jit-sync", None) => self.options.jit.synchronous = true,
            ("--jit-dump", None) => self.options.jit.dump = JitDump::StandardError,
            ("--jit-dump", Some(file)) => self.options.jit.dump = JitDump::File(PathBuf::from(file)),
            ("--jit-perf-map", None) => self.options.jit.perf_map = true,
            ("--jit-stress", Some(_)) => self.options.jit.mode = JitMode::Stress(number()?),
            ("--jit-hot", Some(_)) => {
                self.options.jit.hot_count = Some(u32::try_from(number()?).map_err(|_| bad_value())?);
            }
            ("--lua52", None) => self.options.lua52 = true,
            ("--gc-stress", None) => self.options.gc_stress = true,
            ("--dump-bytecode", None) => self.compilation = Some(Compilation::List("-".into())),
            ("--memory-limit", Some(value)) => {
                self.options.memory_limit = parse_bytes(value).ok_or_else(bad_value)?;
            }
            _ => return Err(Refusal::Usage),
        }
        if INHERITABLE.contains(&name) {
            self.inheritable.push(word.to_string());
        }
        Ok(())
    }
}

/// The options that say what kind of VM runs.
const INHERITABLE: &[&str] =
    &["--jit", "--no-jit", "--jit-hot", "--jit-sync", "--jit-stress", "--gc-stress", "--lua52"];

/// A word without its first `n` bytes, which are ASCII.
fn tail(word: &OsStr, n: usize) -> OsString {
    // SAFETY: the bytes come from an `OsStr` and are cut behind an ASCII character.
    unsafe { OsStr::from_encoded_bytes_unchecked(&word.as_encoded_bytes()[n..]) }.to_os_string()
}

/// A number of bytes: `4096`, `64K`, `10M`, `2G`.
fn parse_bytes(text: &str) -> Option<usize> {
    let (digits, shift) = match text.as_bytes().last()?.to_ascii_uppercase() {
        b'K' => (&text[..text.len() - 1], 10),
        b'M' => (&text[..text.len() - 1], 20),
        b'G' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    digits.parse::<usize>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<Arguments, Refusal> {
        parse_with("", words)
    }

    fn parse_with(inherited: &str, words: &[&str]) -> Result<Arguments, Refusal> {
        let words = std::iter::once("lua").chain(words.iter().copied()).map(OsString::from).collect();
        Arguments::parse(words, inherited)
    }

    #[test]
    fn options_of_the_environment_come_first() {
        let a = parse_with("--no-jit --lua52", &["--jit-hot=3", "s"]).unwrap();
        assert!(a.options.lua52 && a.options.jit.mode == JitMode::Off);
        assert_eq!(a.inheritable, ["--no-jit", "--lua52", "--jit-hot=3"]);
        assert_eq!(parse_with("--jit-stress=4", &["--no-jit", "s"]).unwrap().options.jit.mode, JitMode::Off);
        assert_eq!(parse_with("-e x", &[]).map(|_| ()), Err(Refusal::Usage));
    }

    #[test]
    fn compiling() {
        let compilation = |words: &[&str]| parse(words).map(|a| a.compilation);
        let write = |file: &str| Ok(Some(Compilation::Write { file: file.into(), strips: false }));
        assert_eq!(compilation(&["-c", "s"]), write("luac.out"));
        assert_eq!(compilation(&["-o", "f", "-c", "s"]), write("f"));
        assert_eq!(compilation(&["-c", "-o", "-", "s"]), write("-"));
        assert_eq!(compilation(&["-l", "-c", "s"]), Ok(Some(Compilation::List("-".into()))));
        assert_eq!(compilation(&["-c"]), Err(Refusal::Usage));
        assert_eq!(compilation(&["-o", "f", "s"]), Err(Refusal::Usage));
    }

    #[test]
    fn options_stop_at_the_script() {
        let a = parse(&["-e", "x=1", "-lm", "s.lua", "-i"]).unwrap();
        assert_eq!(a.preludes, [Prelude::Execute("x=1".into()), Prelude::Require("m".into())]);
        assert_eq!((a.script, a.is_interactive, a.reads_stdin), (Some(4), false, false));
        assert_eq!(parse(&["-ex"]).unwrap().preludes, [Prelude::Execute("x".into())]);
    }

    #[test]
    fn options_of_luajit() {
        let a = parse(&["-joff", "-j", "flush", "-O", "-O+cse,hotloop=5", "-E", "s"]).unwrap();
        assert_eq!(
            a.preludes,
            [
                Prelude::Jit("off".into()),
                Prelude::Jit("flush".into()),
                Prelude::Optimize("".into()),
                Prelude::Optimize("+cse,hotloop=5".into()),
            ]
        );
        assert!(a.options.ignore_environment);
        let a = parse(&["-be", "x = 1", "out"]).unwrap();
        assert_eq!((a.script, a.script_is_statement), (Some(2), true));
        assert_eq!(parse(&["-j"]).map(|_| ()), Err(Refusal::Usage));
    }

    #[test]
    fn dashes() {
        let a = parse(&["--", "-"]).unwrap();
        assert_eq!((a.script, a.script_is_file), (Some(2), true));
        let a = parse(&["-", "x"]).unwrap();
        assert_eq!((a.script, a.script_is_file), (Some(1), false));
        assert_eq!(parse(&["--"]).unwrap().script, None);
        assert!(parse(&[]).unwrap().reads_stdin);
        assert!(!parse(&["-v"]).unwrap().reads_stdin);
    }

    #[test]
    fn long_options() {
        let a = parse(&["--jit-hot=3", "--jit-stress=7", "--memory-limit=2K", "--jit-dump=x", "s"]).unwrap();
        assert_eq!((a.options.jit.hot_count, a.options.jit.mode), (Some(3), JitMode::Stress(7)));
        assert_eq!((a.options.memory_limit, a.options.jit.dump), (2048, JitDump::File("x".into())));
    }

    #[test]
    fn refusals() {
        let refused = |words: &[&str]| parse(words).map(|_| ()).unwrap_err();
        assert_eq!(refused(&["-x"]), Refusal::Usage);
        assert_eq!(refused(&["-ix"]), Refusal::Usage);
        assert_eq!(refused(&["-l"]), Refusal::Usage);
        assert_eq!(refused(&["--jit=1"]), Refusal::Usage);
        assert_eq!(refused(&["--jit-hot=x"]), Refusal::BadValue { option: "--jit-hot".into() });
        if !HAS_JIT {
            assert_eq!(refused(&["--jit", "s"]), Refusal::NoJit);
        }
        assert_eq!(parse_bytes("1G"), Some(1 << 30));
        assert_eq!(parse_bytes("G"), None);
    }
}
