#include "base/names.hpp"

#include <toril/job.hpp>

#include <gtest/gtest.h>

namespace toril::base {
namespace {

TEST(NamesTest, AcceptsOrdinaryIds) {
    for (const char* id :
         {"a", "order-12", "007", "12a", "1e3", " 5", "a/b", "caf\xC3\xA9", "waiting"})
        EXPECT_TRUE(check_new_job_id(id)) << id;
}

TEST(NamesTest, RefusesIdsThatTheQueueMakesItself) {
    for (const char* id : {"0", "12", "-5", "9007199254740993"})
        EXPECT_FALSE(check_new_job_id(id)) << id;
}

TEST(NamesTest, RefusesIdsThatWouldOverwriteTheQueue) {
    for (const char* id : {"wait",
                           "active",
                           "events",
                           "marker",
                           "meta",
                           "id",
                           "paused",
                           "completed",
                           "stalled",
                           "delayed",
                           "prioritized",
                           "pc",
                           "stalled-check",
                           "limiter",
                           "repeat",
                           "waiting-children"}) {
        EXPECT_FALSE(check_new_job_id(id)) << id;
        EXPECT_FALSE(check_job_id(id)) << id;
    }
}

TEST(NamesTest, RefusesColonsControlCharactersAndLongIds) {
    EXPECT_FALSE(check_new_job_id("a:b"));
    EXPECT_FALSE(check_new_job_id("a\nb"));
    EXPECT_FALSE(check_new_job_id(std::string("a\0b", 3)));
    EXPECT_FALSE(check_new_job_id("a\x1B[31m"));
    EXPECT_TRUE(check_new_job_id(std::string(job_id_bytes_max, 'x')));
    EXPECT_FALSE(check_new_job_id(std::string(job_id_bytes_max + 1, 'x')));
}

TEST(NamesTest, LooksUpIdsThatBullmqMakes) {
    for (const char* id : {"1", "0", "repeat:daily:1700000000000", "a:b:c"})
        EXPECT_TRUE(check_job_id(id)) << id;
}

TEST(NamesTest, NeverLooksUpAKeyThatIsNotAJob) {
    for (const char* id : {"1:lock",
                           "1:logs",
                           "de:x",
                           "dn:x",
                           "metrics:completed",
                           "metrics:completed:data",
                           "repeat:daily",
                           "9:2:lock",
                           "",
                           "toril:add:x"})
        EXPECT_FALSE(check_job_id(id)) << id;
}

TEST(NamesTest, RefusesQueueNamesThatBreakKeys) {
    EXPECT_TRUE(check_queue_name("mail"));
    EXPECT_TRUE(check_queue_name("a b/{c}*?"));
    EXPECT_FALSE(check_queue_name(""));
    EXPECT_FALSE(check_queue_name("a:b"));
    EXPECT_FALSE(check_queue_name("a\tb"));
}

TEST(NamesTest, NeverRepeatsAControlCharacterInAMessage) {
    EXPECT_EQ(check_new_job_id("a\x1B[31m").error().message().find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace toril::base
