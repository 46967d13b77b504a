-- The Lua part of Neovim's standard library that needs no editor: tables, strings, deep copies, URIs, inspect.
-- Packages: neovim-runtime
local root = ...
local runtime = root .. "/usr/share/nvim/runtime/lua/"
package.path = runtime .. "?.lua;" .. package.path
vim = {NIL = setmetatable({}, {__tostring = function() return "vim.NIL" end}), _empty_dict_mt = {}, fn = {}, api = {}}
vim.shared = dofile(runtime .. "vim/shared.lua")
vim.inspect = require("vim.inspect")
vim.F = require("vim.F")
vim.uri = require("vim.uri")
for key, value in pairs(vim.shared or {}) do vim[key] = vim[key] or value end
local function p(...) print(vim.inspect({...}, {newline = "", indent = ""})) end
p(vim.split("a,b,,c", ","), vim.split("x*yz*o", "*", {plain = true}), vim.split(" a b ", "%s", {trimempty = true}))
p(vim.trim("  x y "), vim.startswith("hello", "he"), vim.endswith("hello", "lo"), vim.pesc("a.b*c"), vim.gsplit and "gsplit")
p(vim.tbl_map(function(v) return v * 2 end, {1, 2, 3}), vim.tbl_filter(function(v) return v > 1 end, {1, 2, 3}), vim.tbl_contains({1, 2}, 2))
p(vim.tbl_deep_extend("force", {a = {b = 1, c = {1}}}, {a = {b = 2, d = 3}}), vim.tbl_extend("keep", {a = 1}, {a = 2, b = 3}))
p(vim.list_extend({1}, {2, 3, 4}, 2, 3), vim.list_slice({1, 2, 3, 4}, 2, 3), vim.tbl_flatten({1, {2, {3, {4}}}}), vim.tbl_islist({1, nil, 3}))
local deep = {1, {2, {3}}, key = {x = {y = {}}}}
deep.self = deep
local copy = vim.deepcopy(deep)
p(copy.self == copy, copy[2][2][1], vim.deep_equal({1, {2}}, {1, {2}}), vim.deep_equal({1}, {2}), vim.tbl_count({a = 1, b = 2}), vim.tbl_isempty({}))
for i = 1, 100 do copy = vim.deepcopy({i, {i * 2, {i * 3}}}) end
p(copy, vim.tbl_get({a = {b = {c = 5}}}, "a", "b", "c"), vim.F.if_nil(nil, 4))
p(pcall(vim.validate, {x = {1, "string"}}), pcall(vim.validate, {x = {"s", {"string", "number"}}, y = {nil, "table", true}}))
p(vim.uri_from_fname and vim.uri_from_fname("/tmp/a b/c%d.lua"), vim.uri.uri_from_fname and vim.uri.uri_from_fname("/tmp/a b"))
