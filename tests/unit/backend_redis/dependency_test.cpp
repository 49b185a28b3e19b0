// Looking at a job's children, and taking flows apart.

#include "keyspace.hpp"

#include <algorithm>
#include <set>

using namespace std::chrono_literals;

namespace toril::redis_store {
namespace {

using contract::Dependency;
using State = Dependency::State;
using Texts = std::vector<std::string>;

class DependencyTest : public StoreTest {
protected:
    void add_family(const Texts& children) {
        add({.id = "R"});
        raw({"LREM", name_of("wait"), "0", "R"});
        raw({"ZADD", name_of("waiting-children"), "1", "R"});
        for (const std::string& id : children)
            add({.id = id, .parent = contract::ParentLink{.queue = queue, .id = "R"}});
        events();
    }
    contract::DependencyPage page(State state, const std::string& cursor = "") {
        auto found =
            client.dependencies({.queue = queue, .id = "R", .state = state, .cursor = cursor});
        if (found) return std::move(*found);
        ADD_FAILURE() << found.error().message();
        return {};
    }
    // queue|id|value
    Texts children(State state) {
        Texts all;
        for (const Dependency& each : page(state).children)
            all.push_back(each.queue + "|" + each.id + "|" + each.value);
        std::sort(all.begin(), all.end());
        return all;
    }
};

TEST_F(DependencyTest, KeysAreSplitIntoQueueAndId) {
    add_family({});
    raw({"SADD",
         name_of("R:dependencies"),
         name_of("C"),
         prefix + ":other:7",
         name_of("repeat:every day:1795186657720"),
         prefix + "2:q:C",
         prefix + ":x:q:C",
         "no key"});
    Texts expected{"other|7|",
                   prefix + "2:q|C|",
                   prefix + ":x:q|C|",
                   "q|C|",
                   "q|repeat:every day:1795186657720|",
                   "|no key|"};
    std::sort(expected.begin(), expected.end());

    EXPECT_EQ(children(State::unprocessed), expected);
    for (const Dependency& each : page(State::unprocessed).children)
        if (each.id == "7") {
            EXPECT_EQ(each.key, prefix + ":other:7");
        }
}

TEST_F(DependencyTest, EachStateHasItsPage) {
    add_family({"a"});
    raw({"HSET", name_of("R:processed"), name_of("p"), R"({"n":1})"});
    raw({"HSET", name_of("R:failed"), name_of("i"), "why: \"x\""});
    raw({"ZADD", name_of("R:unsuccessful"), "7", name_of("u"), "8", name_of("v")});

    EXPECT_EQ(children(State::unprocessed), Texts{"q|a|"});
    EXPECT_EQ(children(State::processed), Texts{R"(q|p|{"n":1})"});
    EXPECT_EQ(children(State::ignored), Texts{R"(q|i|why: "x")"});
    EXPECT_EQ(children(State::failed), (Texts{"q|u|", "q|v|"}));
    EXPECT_EQ(page(State::failed).children.at(0).state, State::failed);
    EXPECT_EQ(
        client.dependency_counts(ref("R")).value(),
        (contract::DependencyCounts{.unprocessed = 1, .processed = 1, .ignored = 1, .failed = 2}));
}

TEST_F(DependencyTest, ManyChildrenComeInPages) {
    add_family({});
    for (int i = 0; i < 3'000; ++i)
        raw({"HSET", name_of("R:processed"), name_of("c" + std::to_string(i)), std::to_string(i)});
    std::set<JobId> seen;
    std::string cursor;
    int pages = 0;
    do {
        contract::DependencyPage next = page(State::processed, cursor);
        for (const Dependency& child : next.children) {
            EXPECT_EQ(child.id, "c" + child.value);
            seen.insert(child.id);
        }
        cursor = next.cursor;
        ++pages;
    } while (!cursor.empty());

    EXPECT_EQ(seen.size(), 3'000u);
    EXPECT_GT(pages, 5);
}

TEST_F(DependencyTest, WhatIsNotThereIsNotFound) {
    EXPECT_EQ(client.dependencies({.queue = queue, .id = "R"}).error().code(),
              ErrorCode::not_found);
    EXPECT_EQ(client.dependency_counts(ref("R")).error().code(), ErrorCode::not_found);
    EXPECT_EQ(client.remove_unprocessed_children(ref("R")).error().code(), ErrorCode::not_found);
    EXPECT_EQ(client.remove_child_dependency(ref("R")).error().code(), ErrorCode::not_found);
    add_family({});
    EXPECT_EQ(client.dependencies({.queue = queue, .id = "R", .cursor = "x1"}).error().code(),
              ErrorCode::invalid_argument);
    EXPECT_EQ(client.remove_child_dependency(ref("R")).error().code(), ErrorCode::not_found)
        << "it has no parent";
}

TEST_F(DependencyTest, DamagedBooksAreNamed) {
    add_family({"a"});
    raw({"SET", name_of("R:processed"), "x"});
    for (const Error& error : {client.dependency_counts(ref("R")).error(),
                               client.remove(ref("R")).error(),
                               client.remove_unprocessed_children(ref("R")).error()}) {
        EXPECT_EQ(error.code(), ErrorCode::corrupt);
        EXPECT_NE(error.message().find(name_of("R:processed")), std::string::npos)
            << error.message();
    }
    EXPECT_EQ(key("wait"), "[a]");
}

TEST_F(DependencyTest, ADependencyIsRemovedOnce) {
    add_family({"a", "b"});
    EXPECT_TRUE(client.remove_child_dependency(ref("a")).value());
    EXPECT_EQ(raw({"HEXISTS", name_of("a"), "parentKey"}), "0");
    EXPECT_EQ(raw({"HEXISTS", name_of("a"), "parent"}), "0");
    EXPECT_EQ(key("waiting-children"), "{R: 1}");
    EXPECT_EQ(client.remove_child_dependency(ref("a")).error().code(), ErrorCode::not_found);

    EXPECT_TRUE(client.remove_child_dependency(ref("b")).value());
    EXPECT_EQ(key("wait"), "[b, a, R]");
    EXPECT_EQ(events(), Texts{"waiting jobId R prev waiting-children"});
}

TEST_F(DependencyTest, UnprocessedChildrenGoWithThoseBelowThem) {
    add_family({"runs", "fails", "waits"});
    add({.id = "leaf", .parent = contract::ParentLink{.queue = queue, .id = "waits"}});
    take(2);
    ASSERT_TRUE(fail("fails"));
    raw({"SADD", name_of("R:dependencies"), name_of("ghost")});

    EXPECT_EQ(client.remove_unprocessed_children(ref("R")).value(), 2u);

    EXPECT_EQ(key("R:dependencies"), "{" + name_of("fails") + ", " + name_of("runs") + "}");
    EXPECT_EQ(key("waits") + key("leaf") + key("waits:dependencies") + key("wait"), "");
    EXPECT_EQ(key("waiting-children"), "{R: 1}");
}

TEST_F(DependencyTest, ADependencyWithoutAJobHoldsNobodyUp) {
    add_family({});
    raw({"SADD", name_of("R:dependencies"), name_of("ghost")});

    EXPECT_EQ(client.remove_unprocessed_children(ref("R")).value(), 0u);
    EXPECT_EQ(key("wait"), "[R]");
}

TEST_F(DependencyTest, AJobIsRemovedWithoutItsChildrenWhenAsked) {
    add_family({"a", "b"});
    take(1);
    EXPECT_EQ(client.remove(ref("R")).error().code(), ErrorCode::wrong_state) << "a runs";
    ASSERT_TRUE(client.remove(ref("R"), false));

    EXPECT_EQ(key("R") + key("R:dependencies") + key("waiting-children"), "");
    EXPECT_EQ(key("wait"), "[b]");
    EXPECT_TRUE(complete("a")) << "its parent is gone, and nobody minds";
    EXPECT_EQ(key("R:processed"), "");
}

TEST_F(DependencyTest, JobsThatAreEachOthersParentsAreRemovedOnce) {
    add({.id = "a"});
    add({.id = "b"});
    for (const auto& [child, parent] : {std::pair{"a", "b"}, {"b", "a"}, {"a", "a"}}) {
        raw({"HSET", name_of(child), "parentKey", name_of(parent)});
        raw({"HSET", name_of(std::string(parent) + ":processed"), name_of(child), "1"});
        raw({"SADD", name_of(std::string(parent) + ":dependencies"), name_of(child)});
    }
    ASSERT_TRUE(client.remove(ref("a")));

    EXPECT_EQ(key("a") + key("b") + key("wait"), "");
}

}  // namespace
}  // namespace toril::redis_store
