#include "base/public_options.hpp"

#include <gtest/gtest.h>

namespace toril::base {
namespace {

TEST(PublicOptionsTest, ShortKeysGetTheirPublicNames) {
    EXPECT_EQ(
        public_options(R"({"attempts":3,"kl":5,"fpof":true,"de":{"id":"x"}})"),
        R"({"attempts":3,"keepLogs":5,"failParentOnFailure":true,"deduplication":{"id":"x"}})");
    EXPECT_EQ(public_options(R"({"cpof":true})"), R"({"continueParentOnFailure":true})");
    EXPECT_EQ(public_options(R"({"idof":true})"), R"({"ignoreDependencyOnFailure":true})");
    EXPECT_EQ(public_options(R"({"rdof":true})"), R"({"removeDependencyOnFailure":true})");
}

TEST(PublicOptionsTest, TelemetryIsOneObject) {
    EXPECT_EQ(public_options(R"({"tm":"trace","omc":true})"),
              R"({"telemetry":{"metadata":"trace","omitContext":true}})");
}

TEST(PublicOptionsTest, WhatHasNoShortKeyStaysToTheByte) {
    for (const char* text :
         {R"({ "delay" : 1.50000000000000001, "own":[1] })", "{}", "5", "{broken"}) {
        EXPECT_EQ(public_options(text), text);
    }
}

}  // namespace
}  // namespace toril::base
