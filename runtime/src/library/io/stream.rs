//! Streams: files and pipes with buffers of our own, as C's standard I/O has them.
//!
//! One stream may be read and written. At most one of its buffers is in use at a time: writing gives unread input back
//! (by seeking), reading flushes what was written.

#![forbid(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Bytes of a read, and of output that is kept before it is written.
const BUFFER: usize = 16 * 1024;

/// Error numbers of C that we raise ourselves.
mod errno {
    pub const BAD_DESCRIPTOR: i32 = 9;
    pub const INVALID: i32 = 22;
    pub const ILLEGAL_SEEK: i32 = 29;
}

/// When output is written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffering {
    /// At once.
    None,
    /// At the end of each write that contains a new line.
    Line,
    /// When there is enough of it.
    Full,
}

/// What a stream reads from or writes to.
#[derive(Debug)]
enum Source {
    File(File),
    /// A standard stream, which is never closed.
    Standard(&'static File),
    FromProcess(Option<ChildStdout>, Child),
    ToProcess(Option<ChildStdin>, Child),
}

/// An open file or pipe.
#[derive(Debug)]
pub struct Stream {
    source: Source,
    readable: bool,
    writable: bool,
    /// What was read; `input[taken..]` is not consumed yet.
    input: Vec<u8>,
    taken: usize,
    output: Vec<u8>,
    buffering: Buffering,
}

/// How `open` opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mode {
    kind: u8,
    update: bool,
    exclusive: bool,
}

impl Source {
    /// The file, if it is not a pipe to a process.
    fn file(&self) -> Option<&File> {
        match self {
            Source::File(file) => Some(file),
            Source::Standard(file) => Some(file),
            Source::FromProcess(..) | Source::ToProcess(..) => None,
        }
    }
}

impl Mode {
    /// As glibc reads it: one of `r`, `w`, `a`; then what is not known is ignored.
    fn parse(text: &[u8]) -> Option<Mode> {
        let (&kind, rest) = text.split_first()?;
        let known = matches!(kind, b'r' | b'w' | b'a');
        known.then(|| Mode { kind, update: rest.contains(&b'+'), exclusive: rest.contains(&b'x') })
    }
}

fn error(number: i32) -> io::Error {
    io::Error::from_raw_os_error(number)
}

/// What `strerror` says.
pub fn error_text(e: &io::Error) -> String {
    let text = e.to_string();
    match text.rfind(" (os error ") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

/// A path of any bytes.
pub fn path(bytes: &[u8]) -> std::path::PathBuf {
    // The reference passes C strings on: a name ends at its first NUL.
    let bytes = bytes.split(|&b| b == 0).next().unwrap_or_default();
    os_string(bytes).into()
}

#[cfg(unix)]
pub fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
pub fn os_string(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A shell that runs `command`.
pub fn shell(command: &[u8]) -> Command {
    let (program, option) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
    let mut shell = Command::new(program);
    // Its messages begin with the name by which C calls it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut shell, "sh");
    shell.arg(option).arg(os_string(command));
    shell
}

impl Stream {
    fn new(source: Source, readable: bool, writable: bool, buffering: Buffering) -> Stream {
        Stream { source, readable, writable, input: Vec::new(), taken: 0, output: Vec::new(), buffering }
    }

    /// Opens a file as C's `fopen` does.
    ///
    /// # Errors
    ///
    /// Those of the system; `EINVAL` for an unknown mode.
    pub fn open(name: &[u8], mode: &[u8]) -> io::Result<Stream> {
        let mode = Mode::parse(mode).ok_or_else(|| error(errno::INVALID))?;
        let (reads, writes) = (mode.kind == b'r' || mode.update, mode.kind != b'r' || mode.update);
        let mut options = OpenOptions::new();
        options.read(reads);
        match mode.kind {
            b'r' => options.write(writes),
            b'w' => options.write(true).create(true).truncate(true),
            _ => options.append(true).create(true),
        };
        if mode.exclusive && mode.kind != b'r' {
            options.create_new(true);
        }
        let file = options.open(path(name))?;
        Ok(Stream::new(Source::File(file), reads, writes, Buffering::Full))
    }

    /// A nameless file for reading and writing that vanishes when it is closed.
    pub fn temporary() -> io::Result<Stream> {
        let (name, file) = create_temporary()?;
        std::fs::remove_file(name)?;
        Ok(Stream::new(Source::File(file), true, true, Buffering::Full))
    }

    /// Starts a shell and reads its output (`r`) or writes its input (`w`).
    pub fn process(command: &[u8], mode: &[u8]) -> io::Result<Stream> {
        let mut shell = shell(command);
        match mode {
            b"r" => {
                let mut child = shell.stdout(Stdio::piped()).spawn()?;
                let pipe = child.stdout.take();
                Ok(Stream::new(Source::FromProcess(pipe, child), true, false, Buffering::Full))
            }
            b"w" => {
                let mut child = shell.stdin(Stdio::piped()).spawn()?;
                let pipe = child.stdin.take();
                Ok(Stream::new(Source::ToProcess(pipe, child), false, true, Buffering::Full))
            }
            _ => Err(error(errno::INVALID)),
        }
    }

    /// A standard stream, for reading if `readable`, else for writing.
    pub fn standard(file: &'static File, readable: bool, buffering: Buffering) -> Stream {
        Stream::new(Source::Standard(file), readable, !readable, buffering)
    }

    pub fn set_buffering(&mut self, buffering: Buffering) -> io::Result<()> {
        self.buffering = buffering;
        if buffering == Buffering::None { self.flush() } else { Ok(()) }
    }

    /// Whether the next byte must be asked of the system.
    pub fn needs_input(&self) -> bool {
        self.taken == self.input.len()
    }

    /// The input that is there, after asking for more if there is none; empty at the end.
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.needs_input() {
            if !self.readable {
                return Err(error(errno::BAD_DESCRIPTOR));
            }
            self.flush()?;
            self.taken = 0;
            self.input.resize(BUFFER, 0);
            let read = match &mut self.source {
                Source::File(file) => retry(|| file.read(&mut self.input)),
                Source::Standard(file) => retry(|| file.read(&mut self.input)),
                Source::FromProcess(Some(pipe), _) => retry(|| pipe.read(&mut self.input)),
                Source::FromProcess(None, _) | Source::ToProcess(..) => Err(error(errno::BAD_DESCRIPTOR)),
            };
            self.input.truncate(*read.as_ref().unwrap_or(&0));
            read?;
        }
        Ok(&self.input[self.taken..])
    }

    /// The next byte, not consumed; `None` at the end.
    pub fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.fill()?.first().copied())
    }

    fn skip(&mut self) {
        self.taken += 1;
    }

    /// Appends the rest of the line without its end. Whether there was anything at all.
    pub fn read_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let any = self.read_whole_line(line)?;
        if any && line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok(any)
    }

    /// As [`Stream::read_line`], but with the line's end.
    pub fn read_whole_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        let mut any = false;
        loop {
            let mut rest = self.fill()?;
            if rest.is_empty() {
                return Ok(any);
            }
            any = true;
            let n = rest.read_until(b'\n', line)?;
            self.taken += n;
            if line.last() == Some(&b'\n') {
                return Ok(true);
            }
        }
    }

    /// Appends up to `n` bytes. Whether there were any.
    pub fn read_bytes(&mut self, mut n: usize, bytes: &mut Vec<u8>) -> io::Result<bool> {
        let before = bytes.len();
        while n > 0 {
            let rest = self.fill()?;
            if rest.is_empty() {
                break;
            }
            let given = rest.len().min(n);
            bytes.extend_from_slice(&rest[..given]);
            self.taken += given;
            n -= given;
        }
        Ok(bytes.len() > before)
    }

    /// The text of the number that the input goes on with, after white space: as much of it as `fscanf("%lf")` consumes,
    /// less an exponent without digits. `None` if there is no number; what was looked at is consumed all the same.
    pub fn read_number(&mut self) -> io::Result<Option<Vec<u8>>> {
        while matches!(self.peek()?, Some(b' ' | b'\t'..=b'\r')) {
            self.skip();
        }
        let mut text = Vec::new();
        self.accept(&mut text, |b| matches!(b, b'+' | b'-'))?;
        match self.peek()?.map(|b| b.to_ascii_lowercase()) {
            Some(b'n') => return self.read_word(text, b"nan"),
            Some(b'i') => {
                let Some(text) = self.read_word(text, b"inf")? else { return Ok(None) };
                if matches!(self.peek()?, Some(b'i' | b'I')) {
                    return self.read_word(text, b"inity");
                }
                return Ok(Some(text));
            }
            _ => {}
        }
        let mut digits = 0;
        let mut hex = false;
        if self.accept(&mut text, |b| b == b'0')? {
            hex = self.accept(&mut text, |b| matches!(b, b'x' | b'X'))?;
            digits = usize::from(!hex);
        }
        let is_digit = |b: u8| if hex { b.is_ascii_hexdigit() } else { b.is_ascii_digit() };
        digits += self.accept_all(&mut text, is_digit)?;
        if self.accept(&mut text, |b| b == b'.')? {
            digits += self.accept_all(&mut text, is_digit)?;
        }
        if digits == 0 {
            return Ok(None);
        }
        let whole = text.len();
        let mark = if hex { b'p' } else { b'e' };
        if self.accept(&mut text, |b| b.to_ascii_lowercase() == mark)? {
            self.accept(&mut text, |b| matches!(b, b'+' | b'-'))?;
            if self.accept_all(&mut text, |b| b.is_ascii_digit())? == 0 {
                text.truncate(whole);
            }
        }
        Ok(Some(text))
    }

    /// Moves the next byte to `text` if it is one of those.
    fn accept(&mut self, text: &mut Vec<u8>, wanted: impl Fn(u8) -> bool) -> io::Result<bool> {
        let next = self.peek()?.filter(|&b| wanted(b));
        if let Some(b) = next {
            text.push(b);
            self.skip();
        }
        Ok(next.is_some())
    }

    /// As [`Stream::accept`], as often as it goes; how often that was.
    fn accept_all(&mut self, text: &mut Vec<u8>, wanted: impl Fn(u8) -> bool) -> io::Result<usize> {
        let before = text.len();
        while self.accept(text, &wanted)? {}
        Ok(text.len() - before)
    }

    /// Moves `word`, in either case, to `text`; `None` where the input differs.
    fn read_word(&mut self, mut text: Vec<u8>, word: &[u8]) -> io::Result<Option<Vec<u8>>> {
        for &letter in word {
            if !self.accept(&mut text, |b| b.to_ascii_lowercase() == letter)? {
                return Ok(None);
            }
        }
        Ok(Some(text))
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !self.writable {
            return Err(error(errno::BAD_DESCRIPTOR));
        }
        self.give_input_back()?;
        let now = match self.buffering {
            Buffering::None => true,
            Buffering::Line => bytes.contains(&b'\n'),
            Buffering::Full => false,
        };
        if self.output.len() + bytes.len() > BUFFER {
            self.flush()?;
            if bytes.len() > BUFFER / 2 {
                return self.write_through(bytes);
            }
        }
        self.output.extend_from_slice(bytes);
        if now { self.flush() } else { Ok(()) }
    }

    fn write_through(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.source {
            Source::File(file) => file.write_all(bytes),
            Source::Standard(file) => file.write_all(bytes),
            Source::ToProcess(Some(pipe), _) => pipe.write_all(bytes),
            Source::ToProcess(None, _) | Source::FromProcess(..) => Err(error(errno::BAD_DESCRIPTOR)),
        }
    }

    /// Writes out what was kept. On failure it is lost, as in C.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        let output = std::mem::take(&mut self.output);
        let result = self.write_through(&output);
        self.output = output;
        self.output.clear();
        result
    }

    /// Sets the system's position back to where the program has read to. Unread input of a terminal or pipe is lost.
    fn give_input_back(&mut self) -> io::Result<()> {
        let unread = self.input.len() - self.taken;
        if unread > 0
            && let Some(mut file) = self.source.file()
        {
            match file.seek(SeekFrom::Current(-(unread as i64))) {
                Err(e) if e.raw_os_error() != Some(errno::ILLEGAL_SEEK) => return Err(e),
                _ => {}
            }
            self.input.clear();
            self.taken = 0;
        }
        Ok(())
    }

    /// Moves to `offset` bytes from `whence` and returns the place from the start.
    ///
    /// # Errors
    ///
    /// Those of the system; `EINVAL` for a place before the start.
    pub fn seek(&mut self, whence: Whence, offset: i64) -> io::Result<u64> {
        self.flush()?;
        self.give_input_back()?;
        let Some(mut file) = self.source.file() else { return Err(error(errno::ILLEGAL_SEEK)) };
        let to = match whence {
            Whence::Start => SeekFrom::Start(u64::try_from(offset).map_err(|_| error(errno::INVALID))?),
            Whence::Current => SeekFrom::Current(offset),
            Whence::End => SeekFrom::End(offset),
        };
        file.seek(to)
    }

    /// Writes out, closes, and waits for the process if there is one.
    ///
    /// # Errors
    ///
    /// Those of the last writing; the stream is closed all the same.
    pub fn close(mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Nobody is left to be told of an error here.
        _ = self.flush();
        let child = match &mut self.source {
            Source::File(_) | Source::Standard(_) => return,
            Source::FromProcess(pipe, child) => {
                drop(pipe.take());
                child
            }
            // Dropping the pipe first lets the process see the end of its input.
            Source::ToProcess(pipe, child) => {
                drop(pipe.take());
                child
            }
        };
        _ = child.wait();
    }
}

/// `read` again while a signal interrupts it.
fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Creates a file with a name that nobody has, in the system's folder for temporary files.
pub fn create_temporary() -> io::Result<(std::path::PathBuf, File)> {
    use std::hash::{BuildHasher, RandomState};
    const TRIES: u32 = 100;
    let folder = std::env::temp_dir();
    for n in 0..TRIES {
        let name = folder.join(format!("lua_{}", random_suffix(RandomState::new().hash_one(n))));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&name) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            result => return result.map(|file| (name, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The six letters and digits that C's `mkstemp` puts in the place of `XXXXXX`.
fn random_suffix(mut random: u64) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut letter = || {
        let n = random % ALPHABET.len() as u64;
        random /= ALPHABET.len() as u64;
        char::from(ALPHABET[n as usize])
    };
    (0..6).map(|_| letter()).collect()
}

/// From where [`Stream::seek`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whence {
    Start,
    Current,
    End,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A temporary file with this content, at its start.
    fn file(content: &[u8]) -> Stream {
        let mut s = Stream::temporary().unwrap();
        s.write(content).unwrap();
        s.seek(Whence::Start, 0).unwrap();
        s
    }

    fn rest(s: &mut Stream) -> String {
        let mut bytes = Vec::new();
        s.read_bytes(usize::MAX, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn numbers_are_read_as_fscanf_reads_them() {
        let check = |input: &str, number: Option<&str>, left: &str| {
            let mut s = file(input.as_bytes());
            let got = s.read_number().unwrap().map(|n| String::from_utf8(n).unwrap());
            assert_eq!((got.as_deref(), rest(&mut s).as_str()), (number, left), "{input}");
        };
        check("1e+x 5", Some("1"), "x 5");
        check("0x1fg", Some("0x1f"), "g");
        check(" \n 12abc", Some("12"), "abc");
        check("nan", Some("nan"), "");
        check("+", None, "");
        check("-.5.", Some("-.5"), ".");
        check("1.e5", Some("1.e5"), "");
        check("0x", None, "");
        check("1e5e", Some("1e5"), "e");
        check("infinityx", Some("infinity"), "x");
        check("0x1p4", Some("0x1p4"), "");
        check(".", None, "");
        check("5 6", Some("5"), " 6");
        check("007", Some("007"), "");
    }

    #[test]
    fn lines_and_bytes() {
        let mut s = file(b"one\n\nthree");
        let mut line = || {
            let mut line = Vec::new();
            s.read_line(&mut line).unwrap().then(|| String::from_utf8(line).unwrap())
        };
        assert_eq!(line().as_deref(), Some("one"));
        assert_eq!(line().as_deref(), Some(""));
        assert_eq!(line().as_deref(), Some("three"));
        assert_eq!(line(), None);
        let mut s = file(&[b'x'; 3 * BUFFER]);
        let mut bytes = Vec::new();
        assert!(s.read_bytes(2 * BUFFER + 1, &mut bytes).unwrap());
        assert_eq!(bytes.len(), 2 * BUFFER + 1);
        assert_eq!(rest(&mut s).len(), BUFFER - 1);
        assert!(!s.read_bytes(1, &mut bytes).unwrap());
    }

    #[test]
    fn reading_and_writing_share_a_place() {
        let mut s = file(b"0123456789");
        let mut bytes = Vec::new();
        s.read_bytes(3, &mut bytes).unwrap();
        s.write(b"XY").unwrap();
        assert_eq!(s.seek(Whence::Current, 0).unwrap(), 5);
        assert_eq!(rest(&mut s), "56789");
        s.seek(Whence::Start, 0).unwrap();
        assert_eq!(rest(&mut s), "012XY56789");
        assert_eq!(s.seek(Whence::End, -2).unwrap(), 8);
        assert_eq!(s.seek(Whence::Start, -1).unwrap_err().raw_os_error(), Some(22));
    }

    #[test]
    fn modes_and_processes() {
        assert_eq!(
            Stream::open(b"/nonexistent/x", b"r").map_err(|e| error_text(&e)).unwrap_err(),
            "No such file or directory"
        );
        assert_eq!(Stream::open(b"x", b"q").unwrap_err().raw_os_error(), Some(22));
        let mut s = Stream::process(b"echo hi; exit 3", b"r").unwrap();
        assert_eq!(rest(&mut s), "hi\n");
        assert_eq!(s.write(b"x").unwrap_err().raw_os_error(), Some(9));
        s.close().unwrap();
    }
}
