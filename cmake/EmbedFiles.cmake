include_guard()

# toril_embed(<target> NAMESPACE <ns> HEADER <path under the build's generated folder> FILES <file>...)
#
# Makes `inline constexpr std::string_view <stem>` of each file, with '-' and '.' as '_'.
# A line `--- @include "lib/x.lua"` in a file is replaced by that file, once, its path
# relative to the file's folder.
function(toril_embed target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAMESPACE;HEADER" "FILES")
    # Two files of one name in one namespace would be one constant to the linker: one of the texts.
    get_property(owner GLOBAL PROPERTY "TORIL_EMBED_${arg_NAMESPACE}")
    if(owner AND NOT owner STREQUAL target)
        message(FATAL_ERROR "${target} embeds into ${arg_NAMESPACE}, which belongs to ${owner}")
    endif()
    set_property(GLOBAL PROPERTY "TORIL_EMBED_${arg_NAMESPACE}" ${target})
    set(output "${PROJECT_BINARY_DIR}/generated/${arg_HEADER}")
    set(paths "")
    foreach(file IN LISTS arg_FILES)
        list(APPEND paths "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    endforeach()
    file(GLOB_RECURSE included CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.lua" "${CMAKE_CURRENT_SOURCE_DIR}/*.sql")
    add_custom_command(OUTPUT "${output}"
        COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DNAMESPACE=${arg_NAMESPACE}" "-DFILES=${paths}"
                -P "${PROJECT_SOURCE_DIR}/cmake/EmbedScript.cmake"
        DEPENDS ${paths} ${included} "${PROJECT_SOURCE_DIR}/cmake/EmbedScript.cmake"
        COMMENT "Embedding ${arg_HEADER}"
        VERBATIM)
    target_sources(${target} PRIVATE "${output}")
    target_include_directories(${target} PRIVATE "${PROJECT_BINARY_DIR}/generated")
endfunction()
