# Everything that the fully static program is linked with. pkg-config names all that libarchive could ever need; the
# formats and filters that memlog asks for need less, and archives that nothing refers to cost nothing.
foreach(module RE2 ARCHIVE UTF8PROC)
  set_property(TARGET PkgConfig::${module} PROPERTY INTERFACE_LINK_LIBRARIES "")
endforeach()

function(memlog_static_library module)
  set(found "")
  foreach(name ${ARGN})
    find_library(MEMLOG_STATIC_${name} NAMES lib${name}.a)
    if(MEMLOG_STATIC_${name})
      list(APPEND found ${MEMLOG_STATIC_${name}})
    elseif(name STREQUAL "${ARGV1}")
      message(FATAL_ERROR "the static build needs lib${name}.a")
    endif()
  endforeach()
  set_property(TARGET PkgConfig::${module} PROPERTY INTERFACE_LINK_LIBRARIES ${found})
endfunction()

memlog_static_library(RE2 re2)
memlog_static_library(ARCHIVE archive lzma zstd lz4 bz2 z nettle acl)
memlog_static_library(UTF8PROC utf8proc)
