-- markdown.lua turns a document with every construct into HTML.
-- Packages: lua-markdown
require("markdown")
local parts = {
  "Title\n=====\n\nSecond\n------\n\n### Third ###\n",
  "A paragraph with *emphasis*, **strong text**, `code < here`, and a [link](http://example.com \"Title\").\nTwo lines,  \na break & an entity &copy; and 4 < 5.\n",
  "* one\n* two\n    * nested\n    * deeper\n        1. first\n        2. second\n* three\n\n  with a paragraph\n",
  "1. alpha\n2. beta\n3. gamma\n",
  "> quoted\n> lines\n>\n> > twice\n>\n> * list in quote\n",
  "    code block\n      <indented> & kept\n\n",
  "A reference [one][id] and [id][], and an image ![alt](/img.png \"pic\").\n\n[id]: http://example.org/path_(x) 'Reference'\n",
  "***\n\n- - -\n\n<div>raw <b>html</b></div>\n\n<http://auto.example/> and <me@example.com>\n",
  "Escapes: \\*not\\* \\_this\\_ \\\\ \\` and snake_case_word and 2 * 3 * 4.\n",
}
-- Addresses are hidden behind random entities.
math.randomseed = function() end
math.random = function(a, b) if not a then return 0.5 end return b and a or 1 end
for i, part in ipairs(parts) do print(i, markdown(part)) end
local all = table.concat(parts, "\n")
print(#markdown(all), #markdown(all:rep(4)))
