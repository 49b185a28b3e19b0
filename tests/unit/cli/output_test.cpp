#include "output.hpp"

#include "json_object.hpp"

#include <gtest/gtest.h>

namespace toril::cli {
namespace {

TEST(TableTest, AlignsColumnsAndEscapesCells) {
    Table table({"ID", "NAME"});
    table.row({"1", "a\nb"});
    table.row({"1000", "\xC3\xB1"});

    EXPECT_EQ(table.text(0), "ID    NAME\n1     a\\nb\n1000  \xC3\xB1\n");
}

TEST(TableTest, CutsTheLastColumnAtTheWidth) {
    Table table({"ID", "DATA"});
    table.row({"1", "0123456789"});

    EXPECT_EQ(table.text(10), "ID  DATA\n1   01234\xE2\x80\xA6\n");
}

TEST(JsonObjectTest, IsWhatWasPutInOrder) {
    EXPECT_EQ(JsonObject()
                  .put("a", "x\"y")
                  .put("b", 5)
                  .put("c", true)
                  .put("d", 0.5)
                  .put_or_null("e", "")
                  .json()
                  .text(),
              R"({"a":"x\"y","b":5,"c":true,"d":0.500,"e":null})");
    EXPECT_EQ(JsonObject().json().text(), "{}");
}

TEST(JsonArrayTest, IsWhatWasAdded) {
    EXPECT_EQ(JsonArray().json().text(), "[]");
    EXPECT_EQ(JsonArray().add(Json::string("a")).add(Json{}).json().text(), R"(["a",null])");
}

}  // namespace
}  // namespace toril::cli
