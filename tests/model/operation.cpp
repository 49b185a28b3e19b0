#include "model/operation.hpp"

#include <array>
#include <cstdio>
#include <sstream>
#include <utility>

namespace toril::model {
namespace {

using contract::AddJob;
using contract::Outcome;

// A kind's name, and its share where it comes at all.
constexpr std::array<std::pair<const char*, int>, kinds> table{{
    {"add", 10},
    {"call", 16},
    {"renew", 2},
    {"recover_stalled", 2},
    {"promote", 2},
    {"change_delay", 2},
    {"change_priority", 3},
    {"update_data", 1},
    {"update_progress", 1},
    {"add_log", 1},
    {"retry", 2},
    {"remove", 2},
    {"retry_all", 1},
    {"pause", 1},
    {"resume", 2},
    {"set_concurrency", 1},
    {"drain", 1},
    {"clean", 1},
    {"obliterate", 1},
    {"pass_time", 6},
    {"lapse", 2},
}};

const std::vector<std::string>& hostile_texts() {
    static const std::vector<std::string> texts{"",
                                                "'; DROP TABLE job; --",
                                                "\" \\ / %s %d $1 {}[]()*?",
                                                "line\r\nbreak\r\n$5\r\nhello\r\n",
                                                std::string("nul\0inside", 10),
                                                "\xFF\xFE not UTF-8 \x80",
                                                "caf\xC3\xA9 \xF0\x9F\x90\x82",
                                                "nil",
                                                "-1",
                                                std::string(5000, 'x')};
    return texts;
}

// Printable, in one line.
std::string shown(const std::string& text) {
    std::string out = "\"";
    for (const char c : text.substr(0, 40)) {
        char escaped[8];
        if (c >= ' ' && c <= '~' && c != '"' && c != '\\')
            out += c;
        else {
            std::snprintf(escaped, sizeof escaped, "\\x%02X", static_cast<unsigned char>(c));
            out += escaped;
        }
    }
    return out + (text.size() > 40 ? "...\"" : "\"");
}

void print(std::ostream& out, const AddJob& job) {
    out << " {";
    if (!job.id.empty()) out << "id " << shown(job.id) << ' ';
    if (job.delay > Millis{0}) out << "delay " << job.delay.count() << ' ';
    if (job.priority > 0) out << "priority " << job.priority << ' ';
    if (job.lifo) out << "lifo ";
    out << "data " << shown(job.data) << '}';
}

void print(std::ostream& out, const Outcome& outcome, Holder holder) {
    static constexpr const char* outcomes[] = {"complete", "fail", "retry", "hand_back"};
    static constexpr const char* holders[] = {"", " (earlier token)", " (wrong token)"};
    out << " {" << outcomes[static_cast<int>(outcome.kind)] << ' ' << shown(outcome.id)
        << holders[static_cast<int>(holder)];
    if (outcome.delay > Millis{0}) out << " delay " << outcome.delay.count();
    if (outcome.keep.count) out << " keep " << *outcome.keep.count;
    if (outcome.keep.age) out << " age " << outcome.keep.age->count();
    out << '}';
}

}  // namespace

Generator::Generator(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kinds; ++i) {
        const int share = table[i].second * random_.pick({0, 1, 1, 3});
        const bool needed = i <= static_cast<std::size_t>(Kind::call);
        urn_.insert(urn_.end(),
                    static_cast<std::size_t>(needed ? std::max(share, 5) : share),
                    static_cast<Kind>(i));
    }
}

std::vector<Operation> Generator::sequence() {
    std::vector<Operation> operations(10 + random_.below(50));
    for (Operation& each : operations)
        each = operation();
    return operations;
}

Operation Generator::operation() {
    Operation made;
    made.kind = random_.pick(urn_);
    made.queue = random_.pick({0, 0, 0, 0, 1, 2});
    made.id = id();
    made.twice = random_.one_in(8);
    made.flag = random_.one_in(2);
    made.text = json();
    made.worker = random_.pick({0, 0, 1, 2});
    if (made.kind == Kind::add_log) made.text = text();
    switch (made.kind) {
        case Kind::add:
            for (std::size_t i = random_.pick({1, 1, 1, 2, 4}); i > 0; --i)
                made.jobs.push_back(job());
            break;
        case Kind::call: fill_call(made); break;
        case Kind::renew: made.holders = {random_.pick({Holder::latest, Holder::earlier})}; break;
        case Kind::change_delay:
            made.time = random_.pick({Millis{0}, Millis{1}, Millis{500}});
            break;
        case Kind::change_priority: made.number = random_.pick({0, 1, 2, 2, priority_max}); break;
        case Kind::add_log:
            if (random_.one_in(2)) made.number = random_.pick({0, 1, 2});
            break;
        case Kind::retry: made.state = random_.pick({JobState::failed, JobState::completed}); break;
        case Kind::retry_all:
            made.state = random_.pick({JobState::failed, JobState::completed, JobState::delayed});
            made.number = random_.pick({1, 2, 1000});
            made.time = random_.pick({Millis{0}, Millis{10}});
            break;
        case Kind::set_concurrency:
            if (!random_.one_in(3)) made.number = random_.pick({1, 2, 5});
            break;
        case Kind::clean:
            made.state = random_.pick({JobState::completed,
                                       JobState::failed,
                                       JobState::waiting,
                                       JobState::active,
                                       JobState::delayed,
                                       JobState::prioritized});
            made.number = random_.pick({1, 2, 1000});
            made.time = random_.pick({Millis{0}, Millis{10}, Millis{1000}});
            break;
        case Kind::pass_time:
            made.time = random_.pick({Millis{1}, Millis{10}, Millis{1000}});
            break;
        default: break;
    }
    return made;
}

void Generator::fill_call(Operation& made) {
    made.take = random_.pick({0u, 1u, 1u, 2u, 5u});
    if (random_.one_in(5))
        made.limit =
            contract::RateLimit{.max = random_.pick({1, 2, 4}), .duration = Millis{600'000}};
    const std::size_t outcomes = random_.pick({0, 1, 1, 2, 4});
    for (std::size_t i = 0; i < outcomes; ++i) {
        const Outcome one = outcome();
        bool there = false;
        for (const Outcome& other : made.outcomes)
            there |= other.id == one.id;
        if (there) continue;  // a worker says once what became of a run
        made.outcomes.push_back(one);
        made.holders.push_back(random_.one_in(10)  ? Holder::stranger
                               : random_.one_in(9) ? Holder::earlier
                                                   : Holder::latest);
    }
}

AddJob Generator::job() {
    AddJob made{.name = text(), .data = json(), .opts = R"({"attempts":3})"};
    if (random_.one_in(3)) made.id = random_.pick({"a", "b", "c", "caf\xC3\xA9 '\"%*"});
    if (random_.one_in(3))
        made.delay = random_.pick({Millis{1}, Millis{10}, Millis{1000}, Millis{86'400'000}});
    if (random_.one_in(3)) made.priority = random_.pick({1, 2, 2, priority_max});
    made.lifo = random_.one_in(6);
    return made;
}

Outcome Generator::outcome() {
    Outcome made{.id = id(),
                 .kind = random_.pick({Outcome::Kind::complete,
                                       Outcome::Kind::complete,
                                       Outcome::Kind::fail,
                                       Outcome::Kind::retry,
                                       Outcome::Kind::hand_back}),
                 .value = json(),
                 .stacktrace = R"(["why"])"};
    if (made.kind == Outcome::Kind::retry)
        made.delay = random_.pick({Millis{0}, Millis{0}, Millis{1}, Millis{1000}});
    if (made.kind != Outcome::Kind::complete) made.value = text();
    if (random_.one_in(4)) made.keep.count = random_.pick({0, 1, 2});
    if (random_.one_in(6)) made.keep.age = random_.pick({Millis{1000}, Millis{60'000}});
    return made;
}

// Few, so that operations meet.
JobId Generator::id() {
    if (random_.one_in(4)) return random_.pick({"a", "b", "c", "caf\xC3\xA9 '\"%*", "nobody"});
    return std::to_string(1 + random_.below(8));
}

std::string Generator::json() {
    return Json::string(text()).text();
}

std::string Generator::text() {
    return random_.one_in(10) ? random_.pick(hostile_texts()) : "text";
}

std::string to_string(const Operation& operation) {
    std::ostringstream out;
    out << table[static_cast<std::size_t>(operation.kind)].first << " q" << operation.queue;
    switch (operation.kind) {
        case Kind::add:
            for (const AddJob& job : operation.jobs)
                print(out, job);
            break;
        case Kind::call:
            out << " worker " << operation.worker;
            for (std::size_t i = 0; i < operation.outcomes.size(); ++i)
                print(out, operation.outcomes[i], operation.holders[i]);
            out << " take " << operation.take;
            if (operation.limit) out << " limit " << operation.limit->max;
            break;
        default:
            out << " id " << shown(operation.id) << " number " << operation.number.value_or(-1)
                << " time " << operation.time.count() << " state "
                << toril::to_string(operation.state) << " flag " << operation.flag << " text "
                << shown(operation.text);
            break;
    }
    if (operation.twice) out << ", twice";
    return out.str();
}

}  // namespace toril::model
