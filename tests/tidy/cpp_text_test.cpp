#include "tidy/cpp_text.hpp"

#include <gtest/gtest.h>

namespace toril::tidy {
namespace {

TEST(CppTextTest, CommentsAndLiteralsBecomeSpacesAndLinesStay) {
    const std::string code = without_comments_and_literals(
        "int a = 1'000;  // brace {\nauto s = \"} \\\" {\"; /* { */ char c = '{';\n"
        "auto r = R\"x({ \" )x\"; int b;");

    EXPECT_EQ(code.find('{'), std::string::npos) << code;
    EXPECT_EQ(code.find('}'), std::string::npos) << code;
    EXPECT_NE(code.find("1'000"), std::string::npos) << code;
    EXPECT_NE(code.find("int b;"), std::string::npos) << code;
    EXPECT_EQ(std::count(code.begin(), code.end(), '\n'), 2);
}

TEST(CppTextTest, FunctionsAreMeasuredFromHeadToClosingBrace) {
    const std::vector<Function> functions = functions_of(
        "#include <a>\n"
        "namespace n {\n"
        "struct S {\n"
        "    int x() const { return 1; }\n"
        "    int table[2]{1, 2};\n"
        "};\n"
        "const std::map<int, int> m{\n"
        "    {1, 2},\n"
        "};\n"
        "template <class T>\n"
        "bool operator==(const T& a,\n"
        "                const T& b) {\n"
        "    if (a) {\n"
        "        return [&] { return b; }();\n"
        "    }\n"
        "}\n"
        "}  // namespace n\n");

    ASSERT_EQ(functions.size(), 2u);
    EXPECT_EQ(functions[0].line, 4u);
    EXPECT_EQ(functions[0].lines, 1u);
    EXPECT_EQ(functions[1].line, 10u);
    EXPECT_EQ(functions[1].lines, 7u);
    EXPECT_EQ(functions[1].head, "template <class T>");
}

TEST(CppTextTest, AConstructorWithBracedMembersIsMeasuredToo) {
    const std::vector<Function> functions =
        functions_of("S::S(int a)\n    : a_{a}, b_(a) {\n    go();\n    go();\n}\n");

    ASSERT_FALSE(functions.empty());
    EXPECT_GE(functions.back().lines, 4u);
}

TEST(CppTextTest, IncludesAreFoundWithTheirKind) {
    const std::vector<Include> found = includes_of("#include \"a/b.hpp\"\n\n#include <c>\n// no\n");

    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].target, "a/b.hpp");
    EXPECT_FALSE(found[0].angled);
    EXPECT_EQ(found[1].line, 3u);
    EXPECT_TRUE(found[1].angled);
}

TEST(CppTextTest, AWordIsNotPartOfALongerOne) {
    EXPECT_TRUE(has_word("std::sleep(1)", "sleep("));
    EXPECT_FALSE(has_word("no_sleep(1)", "sleep("));
    EXPECT_FALSE(has_word("classify", "class"));
}

}  // namespace
}  // namespace toril::tidy
