include_guard()

# toril_module(<name> SOURCES ... [DEPENDS <module>...] [LIBRARIES <target>...])
#
# One folder of src/ as one object library. DEPENDS names modules below it;
# LIBRARIES are third-party and stay private to it.
function(toril_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBRARIES")
    add_library(toril_${name} OBJECT ${arg_SOURCES})
    target_include_directories(toril_${name} PUBLIC
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include")
    target_compile_features(toril_${name} PUBLIC cxx_std_20)
    set_target_properties(toril_${name} PROPERTIES
        POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden)
    foreach(dependency IN LISTS arg_DEPENDS)
        target_link_libraries(toril_${name} PRIVATE toril_${dependency})
    endforeach()
    target_link_libraries(toril_${name} PRIVATE ${arg_LIBRARIES})
    set_property(TARGET toril_${name} PROPERTY TORIL_DEPENDS ${arg_DEPENDS})
    set_property(TARGET toril_${name} PROPERTY TORIL_LIBRARIES ${arg_LIBRARIES})
endfunction()

# Puts modules into a library, and their third-party libraries on its private link line.
function(toril_use_modules target)
    foreach(name IN LISTS ARGN)
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:toril_${name}>)
        get_target_property(libraries toril_${name} TORIL_LIBRARIES)
        if(libraries)
            target_link_libraries(${target} PRIVATE ${libraries})
        endif()
    endforeach()
endfunction()

# toril_test(<name> SOURCES ... MODULES <module>... [LIBRARIES <target>...] [LABELS ...] [TIMEOUT s])
#
# One GoogleTest program of private modules: MODULES and, through them, those below. It is one
# entry of ctest, labelled with its kind, the folder below tests/ (unit, conformance, ...); the
# target tests_<kind> builds all of a kind. Its cases are counted from what it writes to
# test-results/.
function(toril_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;MODULES;LIBRARIES;LABELS")
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    add_executable(${name} ${arg_SOURCES})
    target_include_directories(${name} PRIVATE
        "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/tests")
    toril_closure(modules ${arg_MODULES})
    toril_use_modules(${name} ${modules})
    target_compile_features(${name} PRIVATE cxx_std_20)
    target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gtest GTest::gtest_main)
    file(RELATIVE_PATH kind "${PROJECT_SOURCE_DIR}/tests" "${CMAKE_CURRENT_SOURCE_DIR}")
    string(REGEX REPLACE "/.*" "" kind "${kind}")
    if(NOT TARGET tests_${kind})
        add_custom_target(tests_${kind})
    endif()
    add_dependencies(tests_${kind} ${name})
    add_test(NAME ${name} COMMAND ${name})
    set(labels ${kind} ${arg_LABELS})
    list(REMOVE_DUPLICATES labels)
    set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT "GTEST_OUTPUT=json:${PROJECT_BINARY_DIR}/test-results/${name}.json")
endfunction()

# All modules that the given ones stand on, themselves included.
function(toril_closure result)
    set(closed "")
    set(open ${ARGN})
    while(open)
        list(POP_FRONT open name)
        if(NOT name IN_LIST closed)
            list(APPEND closed ${name})
            get_target_property(below toril_${name} TORIL_DEPENDS)
            if(below)
                list(APPEND open ${below})
            endif()
        endif()
    endwhile()
    set(${result} ${closed} PARENT_SCOPE)
endfunction()
