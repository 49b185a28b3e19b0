// Another process on a store: does what it reads from standard input, a line at a time.
//
//     sqlite_peer DATABASE
//
//     add N        adds N jobs, one after another       "added ID" each
//     take         takes a job for an hour              "took ID" or "none"
//     work         adds, takes and completes for ever   "added ID", "done ID"
//     flows        adds a parent with three children for ever   "flow ID"
//     wait         waits for work, a minute at most     "waiting", then "woken"
//     renew        renews the lock on what it took      "renewed", or "cancelled: " and the reason
//     asked        waits until a run is asked to stop   "waiting", then "woken"
//     changes      waits for any change                 "waiting", then "woken"
//
// At the end of its input it closes the store and ends.

#include "backend/sqlite/sqlite_store.hpp"
#include "base/uuid.hpp"
#include "conformance/client.hpp"

#include <cstdio>
#include <iostream>
#include <string>

namespace {

using namespace std::chrono_literals;
using namespace toril;

const std::string queue = "mail";

void say(const std::string& line) {
    std::cout << line << std::endl;  // flushed: whoever kills us counts what was said
}

class Peer {
public:
    explicit Peer(std::shared_ptr<contract::JobStore> store) : client_(std::move(store)) {}

    void obey(const std::string& command) {
        if (command.starts_with("add ")) {
            for (int left = std::stoi(command.substr(4)); left > 0; --left)
                add();
        } else if (command == "take") {
            const auto taken = turn(/*take=*/1);
            if (!taken.jobs.empty())
                held_ = {taken.jobs.front().id, "peer-" + std::to_string(sequence_)};
            say(taken.jobs.empty() ? "none" : "took " + held_.id);
        } else if (command == "renew") {
            const Status renewed = std::move(client_.renew(queue, {held_}, 1h, {}).value().front());
            say(renewed ? "renewed"
                        : std::string(to_string(renewed.error().code())) + ": " +
                              renewed.error().message());
        } else if (command == "work") {
            for (;;)
                work();
        } else if (command == "flows") {
            for (;;)
                add_flow();
        } else if (command == "wait") {
            wait(contract::WatchFor::work);
        } else if (command == "asked") {
            wait(contract::WatchFor::cancellations);
        } else if (command == "changes") {
            wait(contract::WatchFor::changes);
        }
    }

private:
    void add() {
        auto added =
            client_.add({.queue = queue, .jobs = {{.name = "send", .data = "{}", .opts = "{}"}}});
        say("added " + added.value().front().value().id);
    }

    void add_flow() {
        const JobId root = base::make_uuid();
        contract::AddFlowParams flow;
        flow.nodes.push_back({"albums", {.id = root, .has_children = true}});
        for (int i = 0; i < 3; ++i)
            flow.nodes.push_back({"images",
                                  {.id = base::make_uuid(),
                                   .parent = contract::ParentLink{.queue = "albums", .id = root}}});
        auto added = client_.add_flow(flow);
        for (auto& node : added.value())
            static_cast<void>(node.value());
        say("flow " + root);
    }

    contract::FinishedAndTaken turn(std::size_t take, contract::Outcome* outcome = nullptr) {
        contract::FinishAndTakeParams call{.queue = queue,
                                           .taker = {.worker = "peer", .lock_duration = 1h},
                                           .sequence = ++sequence_,
                                           .take = take,
                                           .token = "peer-" + std::to_string(sequence_)};
        if (outcome != nullptr) call.outcomes.push_back(*outcome);
        return std::move(client_.finish_and_take(call).value());
    }

    void work() {
        add();
        const auto taken = turn(/*take=*/1);
        if (taken.jobs.empty()) return;
        contract::Outcome outcome{.id = taken.jobs.front().id,
                                  .token = "peer-" + std::to_string(sequence_),
                                  .value = "true"};
        if (turn(/*take=*/0, &outcome).finished.front()) say("done " + outcome.id);
    }

    void wait(contract::WatchFor what) {
        const auto watcher = client_.store().watch({.queue = queue, .what = what});
        using Answer = Result<Timestamp>;
        // The first answer may tell of what there was before.
        static_cast<void>(base::wait_for_answer<Answer>(
            10s, [&](auto done) { watcher->wait(100ms, std::move(done)); }));
        say("waiting");
        const Answer woken = base::wait_for_answer<Answer>(
            2min, [&](auto done) { watcher->wait(1min, std::move(done)); });
        say(woken ? "woken" : woken.error().message());
    }

    conformance::Client client_;
    std::uint64_t sequence_ = 0;
    contract::Lease held_{};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    auto store = sqlite::open_sqlite({.path = argv[1]});
    if (!store) {
        std::cerr << store.error().message() << "\n";
        return 1;
    }
    Peer peer(*store);
    say("open");
    for (std::string command; std::getline(std::cin, command);)
        peer.obey(command);
    return (*store)->close(5s) ? 0 : 1;
}
