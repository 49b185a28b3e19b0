# Runs PROGRAM in an empty folder FOLDER; its standard output must be the text of EXPECTED.

file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
execute_process(COMMAND "${PROGRAM}" WORKING_DIRECTORY "${FOLDER}"
    OUTPUT_VARIABLE output ERROR_VARIABLE complaints RESULT_VARIABLE code)
file(REMOVE_RECURSE "${FOLDER}")
file(READ "${EXPECTED}" expected)
if(NOT code EQUAL 0 OR NOT output STREQUAL expected)
    message(FATAL_ERROR "exit ${code}\n${complaints}\ngot:\n${output}\nexpected:\n${expected}")
endif()
