// kill -9 in a loop, with a ledger of what was acknowledged.

#include "peer.hpp"
#include "store_fixture.hpp"

#include <random>
#include <set>

namespace toril::sqlite {
namespace {

class KillTest : public SqliteTest {
protected:
    // Reads what the peer says until it has said so many lines, kills it, and reads the rest.
    void run_and_kill(int lines) {
        PeerProcess peer(path);
        peer.send("work");
        for (int i = 0; i < lines; ++i)
            note(peer.line().value_or("nothing"));
        peer.kill();
        while (const auto last = peer.line(Millis{0}))
            note(*last);
    }
    void note(const std::string& line) {
        if (line.starts_with("added "))
            added_.insert(line.substr(6));
        else if (line.starts_with("done "))
            EXPECT_TRUE(done_.insert(line.substr(5)).second) << line << " a second time";
        else
            ADD_FAILURE() << line;
    }

    std::set<std::string> added_{};
    std::set<std::string> done_{};
};

TEST_F(KillTest, LosesNoAcknowledgedJobAndFinishesNoneTwice) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random(seed);
    constexpr int kills = 20;
    for (int round = 0; round < kills; ++round)
        run_and_kill(std::uniform_int_distribution<int>(1, 40)(random));

    conformance::Client client(open());
    // What the last one had in work comes back by itself.
    ASSERT_TRUE(client.recover_stalled({.queue = "mail"}));
    for (const std::string& id : added_)
        ASSERT_TRUE(client.job({"mail", id})) << id << " was acknowledged, and is lost";
    for (const std::string& id : done_)
        EXPECT_EQ(client.job({"mail", id}).value().state, JobState::completed) << id;
    const JobCounts counts = client.counts("mail").value();
    EXPECT_EQ(counts.active, 0u);
    // Beyond what was said there is at most what each process did and could not say any more.
    EXPECT_LE(counts.completed, done_.size() + kills);
    EXPECT_LE(counts.completed + counts.waiting, added_.size() + kills);
}

}  // namespace
}  // namespace toril::sqlite
