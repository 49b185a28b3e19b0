#include "cache/intents.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace toril::cache {
namespace {

using contract::CacheMark;
using Kind = Intent::Kind;

Intent removal(const std::string& key) {
    return {.kind = Kind::remove, .key = key};
}
Intent expiry(const std::string& key) {
    return {.kind = Kind::expire, .key = key};
}
Intent mark(const std::string& text) {
    return {.kind = Kind::mark, .mark = {.kind = CacheMark::Kind::tag, .text = text}};
}

// All of it, batch by batch: "remove a", ...
std::vector<std::string> told(Intents& intents) {
    std::vector<std::string> all;
    while (!intents.is_empty()) {
        const Intents::Batch batch = intents.next(100);
        for (const Intent& intent : batch.intents) {
            const std::string what = intent.kind == Kind::remove   ? "remove "
                                     : intent.kind == Kind::expire ? "expire "
                                                                   : "mark ";
            all.push_back(what + intent.key + intent.mark.text);
        }
        intents.done(batch);
    }
    return all;
}

TEST(IntentsTest, AreToldInOrderEachKeyOnce) {
    Intents intents;
    intents.add(removal("a"));
    intents.add(mark("t"));
    intents.add(removal("b"));
    intents.add(removal("a"));
    intents.add(mark("t"));

    EXPECT_EQ(told(intents), (std::vector<std::string>{"remove b", "remove a", "mark t"}));
}

TEST(IntentsTest, ARemovalStaysOneWhenTheKeyIsExpiredLater) {
    Intents intents;
    intents.add(expiry("a"));
    intents.add(removal("b"));
    intents.add(expiry("b"));
    intents.add(removal("a"));

    EXPECT_EQ(told(intents), (std::vector<std::string>{"remove b", "remove a"}));
}

TEST(IntentsTest, ABatchIsOfOneKindAndLimited) {
    Intents intents;
    for (const char* key : {"a", "b", "c"})
        intents.add(removal(key));
    intents.add(expiry("d"));

    EXPECT_EQ(intents.next(2).intents.size(), 2u);
    EXPECT_EQ(intents.next(10).intents.size(), 3u);
}

TEST(IntentsTest, WhatIsNotedWhileABatchIsToldIsToldAgain) {
    Intents intents;
    intents.add(removal("a"));
    intents.add(removal("b"));
    const Intents::Batch batch = intents.next(10);
    intents.add(removal("a"));
    intents.done(batch);

    EXPECT_EQ(told(intents), (std::vector<std::string>{"remove a"}));
}

TEST(IntentsTest, TooManyBecomeOneThatStandsForAll) {
    Intents intents;
    for (std::size_t i = 0; i <= Intents::count_max; ++i)
        intents.add(removal(std::to_string(i)));

    ASSERT_EQ(intents.size(), 1u);
    EXPECT_EQ(intents.next(1).intents[0].mark.kind, CacheMark::Kind::all);
}

// A key that is called like a tag is none.
TEST(IntentsTest, KeysAndMarksOfOneNameAreTwo) {
    Intents intents;
    intents.add(removal("x"));
    intents.add(mark("x"));
    intents.add({.kind = Kind::mark, .mark = {.kind = CacheMark::Kind::pattern, .text = "x"}});

    EXPECT_EQ(intents.size(), 3u);
}

}  // namespace
}  // namespace toril::cache
