# Writes a C++ file with the contents of text files as string views:
#
#   cmake -DOUT=page_assets.cpp -DFILES="kPageScript=page.js|kPageStyle=page.css" -P embed.cmake
#
# Long texts are cut into several literals, which the compiler joins.
string(REPLACE "|" ";" pairs "${FILES}")
set(code "#include \"memlog/report/page_assets.h\"\n\nnamespace memlog {\n")
foreach(pair IN LISTS pairs)
  string(FIND "${pair}" "=" at)
  string(SUBSTRING "${pair}" 0 ${at} name)
  math(EXPR at "${at} + 1")
  string(SUBSTRING "${pair}" ${at} -1 path)
  file(READ "${path}" text)
  # A page has no source maps beside it.
  string(REGEX REPLACE "//# sourceMappingURL=[^\n]*" "" text "${text}")
  string(REGEX REPLACE "/\\*# sourceMappingURL=[^\n]*" "" text "${text}")
  string(APPEND code "\nextern const std::string_view ${name} =")
  string(LENGTH "${text}" length)
  set(begin 0)
  while(begin LESS length)
    string(SUBSTRING "${text}" ${begin} 8000 piece)
    string(APPEND code "\n    R\"__embed(${piece})__embed\"")
    math(EXPR begin "${begin} + 8000")
  endwhile()
  string(APPEND code ";\n")
endforeach()
string(APPEND code "\n}  // namespace memlog\n")
file(WRITE "${OUT}" "${code}")
