//! Everything, under names that start with `Lua`: `use ferrous_lua::prelude::*`.

#[doc(no_inline)]
pub use crate::{
    AnyUserData as LuaAnyUserData, AppDataRef as LuaAppDataRef, AppDataRefMut as LuaAppDataRefMut, AsChunk as AsLuaChunk,
    BorrowedBytes as LuaBorrowedBytes, BorrowedStr as LuaBorrowedStr, Chunk as LuaChunk, ChunkMode as LuaChunkMode,
    Either as LuaEither, Error as LuaError, ErrorContext as LuaErrorContext, ExternalError as LuaExternalError,
    ExternalResult as LuaExternalResult, FromLua, FromLuaMulti, Function as LuaFunction, FunctionInfo as LuaFunctionInfo,
    Integer as LuaInteger, IntoLua, IntoLuaMulti, JitMode as LuaJitMode, LightUserData as LuaLightUserData, Lua, LuaOptions,
    LuaString, MultiValue as LuaMultiValue, Nil as LuaNil, Number as LuaNumber, RegistryKey as LuaRegistryKey,
    Result as LuaResult, StdLib as LuaStdLib, Table as LuaTable, TablePairs as LuaTablePairs,
    TableSequence as LuaTableSequence, Thread as LuaThread, ThreadStatus as LuaThreadStatus, Value as LuaValue,
    Variadic as LuaVariadic, WeakLua as LuaWeakLua,
};
