//! Tables: array parts, fields by shape, dictionaries, iteration.

use ferrous_lua::{Function, Lua};
use iai_callgrind::{library_benchmark, library_benchmark_group};
use std::hint::black_box;

use crate::{chunk, run};

#[library_benchmark(setup = chunk)]
#[bench::get("local t = {1, 2, 3, 4} local s = 0 for i = 1, 5000 do s = s + t[i % 4 + 1] end return s")]
#[bench::set("local t = {1, 2, 3, 4} for i = 1, 5000 do t[i % 4 + 1] = i end")]
#[bench::append("local t = {} for i = 1, 5000 do t[i] = i end return #t")]
#[bench::insert_and_remove(
    "local t = {} for i = 1, 1000 do table.insert(t, i) end for i = 1, 1000 do table.remove(t) end"
)]
fn array(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::get_hit("local t = {x = 1} local s = 0 for i = 1, 5000 do s = s + t.x end return s")]
#[bench::set_hit("local t = {x = 1} for i = 1, 5000 do t.x = i end")]
#[bench::two_shapes(
    "local a, b = {x = 1}, {y = 1, x = 2} local s = 0 for i = 1, 2000 do s = s + a.x a, b = b, a end return s"
)]
#[bench::many_shapes(
    "local t = {} for i = 1, 16 do t[i] = {['k' .. i] = 1, x = i} end
     local s = 0 for i = 1, 2000 do s = s + t[i % 16 + 1].x end return s"
)]
#[bench::absent(
    "local t = {x = 1} local n = 0 for i = 1, 5000 do if not t.y then n = n + 1 end end return n"
)]
#[bench::method(
    "local C = {} C.__index = C function C:get() return self.x end
     local o = setmetatable({x = 1}, C) local s = 0 for i = 1, 2000 do s = s + o:get() end return s"
)]
#[bench::global("n = 0 for i = 1, 5000 do n = n + 1 end")]
fn field(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::strings("local t = {} for i = 1, 2000 do local k = 'k' .. i % 100 t[k] = (t[k] or 0) + 1 end")]
#[bench::sparse_integers("local t = {} for i = 1, 2000 do local k = i * 7919 % 1009 t[k * 1000] = i end")]
#[bench::objects(
    "local keys, t = {}, {} for i = 1, 50 do keys[i] = {} end
     for i = 1, 2000 do local k = keys[i % 50 + 1] t[k] = (t[k] or 0) + 1 end"
)]
fn dictionary(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

#[library_benchmark(setup = chunk)]
#[bench::pairs(
    "local t = {1, 2, 3, a = 4, b = 5} local s = 0 for i = 1, 500 do for k, v in pairs(t) do s = s + v end end return s"
)]
#[bench::ipairs(
    "local t = {1, 2, 3, 4, 5} local s = 0 for i = 1, 500 do for _, v in ipairs(t) do s = s + v end end return s"
)]
fn iteration(prepared: (Function, Lua)) -> Lua {
    run(black_box(prepared))
}

library_benchmark_group!(name = table; benchmarks = array, field, dictionary, iteration);
