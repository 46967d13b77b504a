-- Penlight: lists, maps, strings, templates, parsers, classes; and the example programs that print in order.
-- Packages: lua-penlight lua-penlight-dev
local root = ...
local examples = root .. "/usr/share/doc/lua-penlight-dev/examples/"
for _, name in ipairs{"test-cmp", "testxml", "test-listcallbacks", "test-pretty"} do dofile(examples .. name .. ".lua") end

local List, Map, Set, OrderedMap = require("pl.List"), require("pl.Map"), require("pl.Set"), require("pl.OrderedMap")
local tablex, stringx, seq, pretty = require("pl.tablex"), require("pl.stringx"), require("pl.seq"), require("pl.pretty")
local class, template, text, sip = require("pl.class"), require("pl.template"), require("pl.text"), require("pl.sip")
local lexer, data, xml, types = require("pl.lexer"), require("pl.data"), require("pl.xml"), require("pl.types")
local comprehension, permute, array2d = require("pl.comprehension").new(), require("pl.permute"), require("pl.array2d")
local func, operator, Date, stringio = require("pl.func"), require("pl.operator"), nil, require("pl.stringio")

local numbers = List.range(1, 50)
print(numbers:filter(function(x) return x % 7 == 0 end):map("*", 2), numbers:reduce("+"), numbers:slice(3, 8))
print(List{5, 1, 4}:sort():reverse():append(9):concat("-"), List("hello"):map(string.upper):join("."))
print(numbers:partition(function(x) return x % 3 end)[0])
local words = stringx.split("the quick brown fox jumps over the lazy dog")
print(words:len(), words:sorted(), seq.copy(seq.sort(tablex.keys(tablex.index_map(words)))))
local count = OrderedMap()
for i = 1, 300 do local word = words[i % #words + 1] count:set(word, (count[word] or 0) + i) end
for key, value in count:iter() do io.write(key, "=", value, " ") end print()
print(Set{1, 2, 3} * Set{2, 3, 4} == Set{2, 3}, Set.len(Set{1, 2} + Set{5}), Map{a = 1} == Map{a = 1})
print(pretty.write({1, 2, {3, 4}, "x"}, ""), pretty.number(123456, "M"), pretty.read("{1,{2}}")[2][1])
print(tablex.deepcompare({1, {2, a = 3}}, {1, {2, a = 3}}), tablex.find({4, 5, 6}, 5), tablex.zip({1, 2}, {"a", "b"})[2][2])

class.Animal()
function Animal:_init(name) self.name = name end
function Animal:__tostring() return self.name .. ": " .. self:speak() end
class.Dog(Animal)
function Dog:speak() return "bark" end
class.Cat(Animal)
function Cat:_init(name, breed) self:super(name) self.breed = breed end
function Cat:speak() return "meow" end
class.Lion(Cat)
function Lion:speak() return "roar" end
for i = 1, 60 do
  local pet = (i % 3 == 0 and Lion or i % 2 == 0 and Cat or Dog)("pet" .. i, "breed")
  if i % 10 == 0 then print(tostring(pet), pet:is_a(Animal), Dog:class_of(pet), Cat:class_of(pet)) end
end

print((template.substitute([[
# for i, item in ipairs(items) do
<li>$(i): $(item:upper())</li>
# end
]], {items = {"one", "two", "three"}, ipairs = ipairs})))
print(text.Template("${greeting}, ${name}!"):substitute{greeting = "Hello", name = "you"})
print(text.wrap(("lorem ipsum dolor sit amet "):rep(8), 30))
print(text.dedent("    one\n      two\n    three\n"))
local match = {}
print(sip.match("$v{name}=$d{value}", "width=42", match), match.name, match.value)
for kind, value in lexer.lua("local x = 10 + f('s', [[long]]) -- comment\nreturn x..'a'") do io.write(kind, ":", tostring(value), " ") end print()
local rows = data.read(stringio.open("name,age,size\nann,30,1.5\nbob,25,2\ncid,41,0.5\n"))
print(rows:column_by_name("age"), rows:column_by_name("size"):reduce("+"))
for row in rows:select("name,age where age > 26 sort by age") do print(row) end
local doc = xml.parse("<root a='1'><item id='x'>text</item><item/>tail &amp; more</root>")
print(xml.tostring(doc), doc:get_elements_with_name("item")[1]:get_text())
print(List(comprehension("x^2 for x=1,10 if x % 2 == 0")()), comprehension("sum(x*y for x=1,6 for y=1,6)")())
local total = 0
for p in permute.iter({1, 2, 3, 4, 5}) do total = total + p[1] * p[5] end
print(total, array2d.reduce_cols("+", {{1, 2}, {3, 4}}), array2d.flatten(array2d.map("*", {{1, 2}, {3, 4}}, 3))[4])
local _1, _2 = func._1, func._2
print(func.compose(operator.unm, operator.add)(3, 4), func.I(_1 + _2 * 3)(2, 5), tablex.map(_1 * 2, {1, 2, 3})[3])
print(types.is_callable(print), types.type(numbers), types.to_bool("yes"), stringx.center("x", 9, "*"), stringx.title("some words here"))
for line in stringx.lines("a\nb\n\nc") do io.write("[", line, "]") end print()
print(stringx.expandtabs("a\tb\tc", 4), stringx.rfind("abcabc", "b"), stringx.replace("aaaa", "a", "bc", 2), stringx.partition("k=v=w", "="))
