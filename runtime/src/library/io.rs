//! The `io` library: files, pipes, and the standard streams.
//!
//! A file is a userdata whose payload is a [`SharedFile`]. The standard streams are shared with the state, so that
//! `print` and `io.write` fill the same buffer even when a program has dropped or replaced `io.stdout`.
//!
//! Differences from PUC Lua: lines may contain NULs; reading standard input, starting a process and leaving the program
//! write out what is pending; `os.exit` and the end of a state close what is open.
//!
//! As LuaJIT's, `lines` takes the formats of `read`. Lua 5.1 ignores them.
//!
//! Source: `liolib.c`.

mod read;
pub mod stream;

pub use stream::{Buffering, Stream, Whence};

use crate::error::Throw;
use crate::native::{Args, Native, NativeKind};
use crate::object::{Gc, Table, Userdata};
use crate::text::number::{NumberBuf, format_number};
use crate::{Value, Vm};
use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::rc::{Rc, Weak};
use std::sync::OnceLock;

natives! {
    /// The library's functions.
    static FUNCTIONS of "io";
    leaf CLOSE "close" = close;
    leaf FLUSH "flush" = flush;
    leaf INPUT "input" = input;
    leaf LINES "lines" = lines;
    leaf OPEN "open" = open_file;
    leaf OUTPUT "output" = output;
    leaf POPEN "popen" = popen;
    leaf READ "read" = io_read;
    leaf TMPFILE "tmpfile" = tmpfile;
    leaf TYPE "type" = io_type;
    leaf WRITE "write" = io_write;
}

natives! {
    /// The methods of files.
    static METHODS of "file";
    leaf FILE_CLOSE "close" = close;
    leaf FILE_FLUSH "flush" = file_flush;
    leaf FILE_LINES "lines" = file_lines;
    leaf FILE_READ "read" = file_read;
    leaf FILE_SEEK "seek" = file_seek;
    leaf FILE_SETVBUF "setvbuf" = file_setvbuf;
    leaf FILE_WRITE "write" = file_write;
    leaf FILE_GC "__gc" = file_gc;
    leaf FILE_TOSTRING "__tostring" = file_tostring;
}

/// The iterator that `lines` returns.
static READ_LINE: Native = Native { library: "io", name: "for iterator", kind: NativeKind::Leaf(read_line) };

/// What kind of payload a file's userdata carries; see [`Userdata::payload_kind`].
pub const PAYLOAD_FILE: u32 = 1;

/// A file while it is open, `None` afterwards.
type FileCell = Rc<RefCell<Option<Stream>>>;

/// The payload of a file.
#[derive(Clone)]
pub struct SharedFile {
    cell: FileCell,
    /// Standard streams cannot be closed by `close`.
    is_standard: bool,
}

/// The two files that functions without a file argument use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DefaultFile {
    Input,
    Output,
}

/// What the library remembers for a state.
pub struct IoState {
    stdin: FileCell,
    stdout: FileCell,
    stderr: FileCell,
    /// The default files, which the registry keeps alive: input and output. Null until the library is open.
    defaults: [*mut Userdata; 2],
    /// The metatable of files, which the registry keeps alive.
    metatable: *mut Table,
    /// Every file that may have output pending.
    open: Vec<Weak<RefCell<Option<Stream>>>>,
}

impl Default for IoState {
    fn default() -> IoState {
        IoState::new()
    }
}

impl IoState {
    pub fn new() -> IoState {
        let cell = |stream: Option<Stream>| Rc::new(RefCell::new(stream));
        let [stdin, stdout, stderr] = standard_streams().map(cell);
        let open = vec![Rc::downgrade(&stdout)];
        IoState {
            stdin,
            stdout,
            stderr,
            defaults: [std::ptr::null_mut(); 2],
            metatable: std::ptr::null_mut(),
            open,
        }
    }

    /// Writes out what any open file has pending.
    pub fn flush_all(&mut self) {
        for cell in self.open.iter().filter_map(Weak::upgrade) {
            if let Some(stream) = &mut *cell.borrow_mut() {
                // As at the end of a C program, nobody is told of an error here.
                _ = stream.flush();
            }
        }
    }

    fn register(&mut self, stream: Stream) -> FileCell {
        let cell = Rc::new(RefCell::new(Some(stream)));
        if self.open.len() == self.open.capacity() {
            self.open.retain(|known| known.strong_count() > 0);
        }
        self.open.push(Rc::downgrade(&cell));
        cell
    }
}

/// Standard input, output and error; `None` for one that the process was started without.
fn standard_streams() -> [Option<Stream>; 3] {
    use io::IsTerminal;
    // One descriptor for each, however many states there are.
    static FILES: OnceLock<[Option<File>; 3]> = OnceLock::new();
    let [stdin, stdout, stderr] =
        FILES.get_or_init(|| [duplicate(&io::stdin()), duplicate(&io::stdout()), duplicate(&io::stderr())]);
    // Asked of the system once, too.
    static IS_TERMINAL: OnceLock<bool> = OnceLock::new();
    let is_terminal = *IS_TERMINAL.get_or_init(|| io::stdout().is_terminal());
    let out = if is_terminal { Buffering::Line } else { Buffering::Full };
    [
        stdin.as_ref().map(|f| Stream::standard(f, true, Buffering::Full)),
        stdout.as_ref().map(|f| Stream::standard(f, false, out)),
        stderr.as_ref().map(|f| Stream::standard(f, false, Buffering::None)),
    ]
}

#[cfg(unix)]
fn duplicate(standard: &impl std::os::fd::AsFd) -> Option<File> {
    standard.as_fd().try_clone_to_owned().ok().map(File::from)
}

#[cfg(windows)]
fn duplicate(standard: &impl std::os::windows::io::AsHandle) -> Option<File> {
    standard.as_handle().try_clone_to_owned().ok().map(File::from)
}

#[cfg(not(any(unix, windows)))]
fn duplicate<T>(_: &T) -> Option<File> {
    None
}

/// Opens the library.
///
/// # Errors
///
/// Only `not enough memory`.
pub fn open(vm: &mut Vm) -> Result<(), Throw> {
    let metatable = super::new_library(vm, METHODS, 1)?;
    super::set_field(vm, metatable, "__index", Value::table(metatable))?;
    super::set_field(vm, vm.registry_table(), "FILE*", Value::table(metatable))?;
    vm.library.io.metatable = metatable.as_ptr();
    let library = super::open_table(vm, "io", FUNCTIONS, 3)?;
    let io = &vm.library.io;
    let standard = [("stdin", &io.stdin), ("stdout", &io.stdout), ("stderr", &io.stderr)];
    let standard = standard.map(|(name, cell)| (name, SharedFile { cell: cell.clone(), is_standard: true }));
    for (name, file) in standard {
        let file = new_file(vm, file)?;
        super::set_field(vm, library, name, Value::userdata(file))?;
        match name {
            "stdin" => set_default(vm, DefaultFile::Input, file)?,
            "stdout" => set_default(vm, DefaultFile::Output, file)?,
            _ => {}
        }
    }
    Ok(())
}

impl Vm {
    /// Writes to standard output, through the buffer that the program's own output goes through. Errors are not reported,
    /// as `print` does not.
    pub fn write_output(&mut self, bytes: &[u8]) {
        if let Some(stream) = &mut *self.library.io.stdout.borrow_mut() {
            _ = stream.write(bytes);
        }
    }

    /// Writes to standard error, at once.
    pub fn write_stderr(&mut self, bytes: &[u8]) {
        if let Some(stream) = &mut *self.library.io.stderr.borrow_mut() {
            _ = stream.write(bytes);
        }
    }

    /// Writes out what is pending for any file: before the process ends, or before another one writes.
    pub fn flush_files(&mut self) {
        self.library.io.flush_all();
    }

    /// A line of standard input with its end, for `debug.debug`; empty at the end.
    pub fn read_stdin_line(&mut self) -> Vec<u8> {
        self.flush_files();
        let mut line = Vec::new();
        if let Some(stream) = &mut *self.library.io.stdin.borrow_mut()
            && stream.read_line(&mut line).unwrap_or(false)
        {
            line.push(b'\n');
        }
        line
    }
}

/// A userdata for an open file.
fn new_file(vm: &mut Vm, file: SharedFile) -> Result<Gc<Userdata>, Throw> {
    let payload = vm.keep_payload(Box::new(file), 0).map_err(|_| vm.throw_memory())?;
    let made = vm.new_userdata(vm.library.io.metatable, payload, PAYLOAD_FILE);
    made.map_err(|_| {
        vm.bury_payload(payload);
        vm.throw_memory()
    })
}

fn new_stream(vm: &mut Vm, stream: Stream) -> Result<Gc<Userdata>, Throw> {
    let cell = vm.library.io.register(stream);
    new_file(vm, SharedFile { cell, is_standard: false })
}

/// The payload of a value that is a file.
fn as_file(vm: &Vm, v: Value) -> Option<&SharedFile> {
    let u = v.as_userdata().filter(|u| u.payload_kind == PAYLOAD_FILE)?;
    vm.payloads.downcast(u.payload)
}

/// The file that argument `i` is, open or closed.
fn check_file(vm: &mut Vm, args: Args, i: u32) -> Result<SharedFile, Throw> {
    match as_file(vm, args.get(i)) {
        Some(file) => Ok(file.clone()),
        None => Err(vm.type_error(args, i, "FILE*")),
    }
}

/// The open file that argument `i` is.
fn check_open(vm: &mut Vm, args: Args, i: u32) -> Result<FileCell, Throw> {
    let file = check_file(vm, args, i)?;
    if file.cell.borrow().is_none() {
        return Err(vm.runtime_error(b"attempt to use a closed file"));
    }
    Ok(file.cell)
}

fn default_file(vm: &Vm, which: DefaultFile) -> Value {
    // SAFETY: the registry keeps the default files alive; both are there once the library is open.
    Value::userdata(unsafe { Gc::from_raw(vm.library.io.defaults[which as usize]) })
}

fn set_default(vm: &mut Vm, which: DefaultFile, file: Gc<Userdata>) -> Result<(), Throw> {
    let key = match which {
        DefaultFile::Input => "_IO_input",
        DefaultFile::Output => "_IO_output",
    };
    super::set_field(vm, vm.registry_table(), key, Value::userdata(file))?;
    vm.library.io.defaults[which as usize] = file.as_ptr();
    Ok(())
}

/// The default file, which must be open.
fn open_default(vm: &mut Vm, which: DefaultFile) -> Result<FileCell, Throw> {
    let file = as_file(vm, default_file(vm, which)).cloned();
    match file {
        Some(file) if file.cell.borrow().is_some() => Ok(file.cell),
        _ => {
            let name = if which == DefaultFile::Input { "input" } else { "output" };
            Err(vm.runtime_error(format!("standard {name} file is closed").as_bytes()))
        }
    }
}

/// Runs `work` on an open file.
fn with_stream<T>(cell: &FileCell, work: impl FnOnce(&mut Stream) -> io::Result<T>) -> io::Result<T> {
    match &mut *cell.borrow_mut() {
        Some(stream) => work(stream),
        None => unreachable!("callers have checked that the file is open"),
    }
}

/// `name: No such file or directory`
fn failure_text(name: Option<&[u8]>, e: &io::Error) -> Vec<u8> {
    let text = stream::error_text(e).into_bytes();
    match name {
        Some(name) => [name, b": ", &text].concat(),
        None => text,
    }
}

/// `return nil, "name: No such file or directory", 2`
pub(super) fn return_failure(
    vm: &mut Vm,
    args: Args,
    name: Option<&[u8]>,
    e: &io::Error,
) -> Result<u32, Throw> {
    let text = vm.new_string(&failure_text(name, e))?;
    args.put(0, Value::NIL);
    args.put(1, text);
    args.put(2, Value::number(e.raw_os_error().unwrap_or(0).into()));
    Ok(3)
}

/// `return true`, or what [`return_failure`] returns.
///
/// Source: `pushresult`.
pub(super) fn return_result(
    vm: &mut Vm,
    args: Args,
    name: Option<&[u8]>,
    result: io::Result<()>,
) -> Result<u32, Throw> {
    match result {
        Ok(()) => args.ret1(Value::TRUE),
        Err(e) => return_failure(vm, args, name, &e),
    }
}

/// `return` the file, or what [`return_failure`] returns.
fn return_file(
    vm: &mut Vm,
    args: Args,
    name: Option<&[u8]>,
    result: io::Result<Stream>,
) -> Result<u32, Throw> {
    match result {
        Ok(stream) => {
            let file = new_stream(vm, stream)?;
            args.ret1(Value::userdata(file))
        }
        Err(e) => return_failure(vm, args, name, &e),
    }
}

fn open_file(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let name = vm.check_string(args, 0)?.bytes();
    let mode = vm.opt_string(args, 1)?.map_or(&b"r"[..], |s| s.bytes());
    return_file(vm, args, Some(name), Stream::open(name, mode))
}

fn popen(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let command = vm.check_string(args, 0)?.bytes();
    let mode = vm.opt_string(args, 1)?.map_or(&b"r"[..], |s| s.bytes());
    vm.flush_files();
    return_file(vm, args, Some(command), Stream::process(command, mode))
}

fn tmpfile(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    return_file(vm, args, None, Stream::temporary())
}

/// `io.type`
fn io_type(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let v = vm.check_any(args, 0)?;
    let text = match as_file(vm, v) {
        Some(file) if file.cell.borrow().is_some() => "file",
        Some(_) => "closed file",
        None => return args.ret1(Value::NIL),
    };
    let text = vm.new_string(text.as_bytes())?;
    args.ret1(text)
}

/// `io.close` and `file:close`
fn close(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let args_or_default =
        if args.count == 0 { default_argument(vm, args, DefaultFile::Output) } else { args };
    let cell = check_open(vm, args_or_default, 0)?;
    if as_file(vm, args_or_default.get(0)).is_some_and(|file| file.is_standard) {
        let text = vm.new_string(b"cannot close standard file")?;
        return args.ret2(Value::NIL, text);
    }
    let stream = cell.borrow_mut().take();
    return_result(vm, args, None, stream.map_or(Ok(()), Stream::close))
}

/// Lays a default file out as the only argument.
fn default_argument(vm: &Vm, args: Args, which: DefaultFile) -> Args {
    // SAFETY: a leaf may use `MIN_NATIVE_SLOTS` slots beyond its arguments, and it has none here.
    unsafe { *args.base = default_file(vm, which) };
    Args { base: args.base, count: 1 }
}

fn flush(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = open_default(vm, DefaultFile::Output)?;
    let result = with_stream(&cell, Stream::flush);
    return_result(vm, args, None, result)
}

fn file_flush(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = check_open(vm, args, 0)?;
    let result = with_stream(&cell, Stream::flush);
    return_result(vm, args, None, result)
}

fn input(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    get_or_set_default(vm, args, DefaultFile::Input, b"r")
}

fn output(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    get_or_set_default(vm, args, DefaultFile::Output, b"w")
}

fn get_or_set_default(vm: &mut Vm, args: Args, which: DefaultFile, mode: &[u8]) -> Result<u32, Throw> {
    let v = args.get(0);
    if v.is_string() || v.is_number() {
        let name = vm.check_string(args, 0)?.bytes();
        let file = open_or_raise(vm, name, mode)?;
        set_default(vm, which, file)?;
    } else if !v.is_nil() {
        check_open(vm, args, 0)?;
        set_default(vm, which, v.as_userdata().expect("an open file is a userdata"))?;
    }
    args.ret1(default_file(vm, which))
}

/// Opens a file; a failure is an error about argument 1.
fn open_or_raise(vm: &mut Vm, name: &[u8], mode: &[u8]) -> Result<Gc<Userdata>, Throw> {
    match Stream::open(name, mode) {
        Ok(stream) => new_stream(vm, stream),
        Err(e) => Err(vm.arg_error_bytes(0, &failure_text(Some(name), &e))),
    }
}

/// `io.lines`
fn lines(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    if args.count == 0 {
        let args = default_argument(vm, args, DefaultFile::Input);
        return file_lines(vm, args);
    }
    if args.get(0).is_nil() {
        return file_lines(vm, args);
    }
    let name = vm.check_string(args, 0)?.bytes();
    let file = open_or_raise(vm, name, b"r")?;
    return_iterator(vm, args, Value::userdata(file), Value::TRUE)
}

fn file_lines(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    check_open(vm, args, 0)?;
    return_iterator(vm, args, args.get(0), Value::FALSE)
}

/// Returns the function that reads at each call what the arguments behind the first ask for, or a line, and closes the file at its
/// end if `closes`.
fn return_iterator(vm: &mut Vm, args: Args, file: Value, closes: Value) -> Result<u32, Throw> {
    let formats = args.as_slice().get(1..).unwrap_or_default();
    if formats.len() > MAX_FORMATS {
        return Err(vm.arg_error(MAX_FORMATS as u32 + 1, "too many arguments"));
    }
    let iterator = super::new_function(vm, &READ_LINE, &[&[file, closes], formats].concat())?;
    args.ret1(iterator)
}

/// How many formats `lines` takes: as many as a native function has upvalues, but for two.
const MAX_FORMATS: usize = 250;

/// The iterator of `lines`. Its upvalues are the file, whether the iterator opened it, and the formats.
fn read_line(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let (file, closes) = (super::upvalue(vm.leaf, 0), super::upvalue(vm.leaf, 1).is_truthy());
    let cell = as_file(vm, file).expect("the iterator was made for a file").cell.clone();
    if cell.borrow().is_none() {
        return Err(vm.runtime_error(b"file is already closed"));
    }
    let formats = &super::upvalues(vm.leaf)[2..];
    let read = if formats.is_empty() {
        match read::line(vm, &cell) {
            Ok(Some(line)) => return args.ret1(line?),
            line => line.map(|_| vec![Value::NIL]),
        }
    } else {
        read::values(vm, &cell, formats, 0)?
    };
    match read {
        Ok(values) if values[0].is_nil() => {
            if closes {
                cell.borrow_mut().take();
            }
            args.ret0()
        }
        Ok(values) => read::return_values(vm, args, &values),
        Err(e) => Err(vm.runtime_error(stream::error_text(&e).as_bytes())),
    }
}

fn io_read(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = open_default(vm, DefaultFile::Input)?;
    read::read(vm, &cell, args, 0)
}

fn file_read(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = check_open(vm, args, 0)?;
    read::read(vm, &cell, args, 1)
}

fn io_write(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = open_default(vm, DefaultFile::Output)?;
    write(vm, &cell, args, 0)
}

fn file_write(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = check_open(vm, args, 0)?;
    write(vm, &cell, args, 1)
}

/// Writes the arguments from `first` on.
///
/// Source: `g_write`.
fn write(vm: &mut Vm, cell: &FileCell, args: Args, first: u32) -> Result<u32, Throw> {
    let mut result = Ok(());
    for i in first..args.count {
        let mut buffer = NumberBuf::default();
        let text = match args.get(i).as_number() {
            Some(n) => format_number(n, &mut buffer),
            None => vm.check_string(args, i)?.bytes(),
        };
        // After a failure the rest is still checked, but not written.
        if result.is_ok() {
            result = with_stream(cell, |stream| stream.write(text));
        }
    }
    return_result(vm, args, None, result)
}

fn file_seek(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = check_open(vm, args, 0)?;
    let whence = vm.check_option(args, 1, Some(1), &["set", "cur", "end"])?;
    let offset = vm.opt_integer(args, 2, 0)?;
    let whence = [Whence::Start, Whence::Current, Whence::End][whence];
    match with_stream(&cell, |stream| stream.seek(whence, offset)) {
        Ok(place) => args.ret1(Value::number(place as f64)),
        Err(e) => return_failure(vm, args, None, &e),
    }
}

fn file_setvbuf(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let cell = check_open(vm, args, 0)?;
    let mode = vm.check_option(args, 1, None, &["no", "full", "line"])?;
    vm.opt_integer(args, 2, 0)?;
    let mode = [Buffering::None, Buffering::Full, Buffering::Line][mode];
    let result = with_stream(&cell, |stream| stream.set_buffering(mode));
    return_result(vm, args, None, result)
}

/// Closes a file that nobody can reach any more.
fn file_gc(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let file = check_file(vm, args, 0)?;
    if !file.is_standard {
        file.cell.borrow_mut().take();
    }
    args.ret0()
}

fn file_tostring(vm: &mut Vm, args: Args) -> Result<u32, Throw> {
    let file = check_file(vm, args, 0)?;
    let text = match &*file.cell.borrow() {
        Some(_) => format!("file ({:#x})", args.get(0).payload()),
        None => "file (closed)".to_string(),
    };
    let text = vm.new_string(text.as_bytes())?;
    args.ret1(text)
}
