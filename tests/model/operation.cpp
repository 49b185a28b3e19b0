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
    {"add_flow", 4},
    {"remove_unprocessed", 1},
    {"remove_dependency", 1},
    {"cancel", 2},
    {"remove_deduplication", 1},
    {"upsert_scheduler", 2},
    {"continue_scheduler", 4},
    {"remove_scheduler", 1},
    {"set_rate_limit", 1},
    {"rate_limit_for", 1},
}};

constexpr std::array<ParentPolicy, 5> policies{ParentPolicy::none,
                                               ParentPolicy::fail_parent,
                                               ParentPolicy::continue_parent,
                                               ParentPolicy::ignore_dependency,
                                               ParentPolicy::remove_dependency};

// Longer than what passes between two lapses, and shorter than one: whatever has an end by a
// server's clock ends with a lapse, and nowhere else.
constexpr Millis window{600'000};

// A store may read what it needs from the options' text, so it says what the job says.
std::string options_of(const AddJob& job) {
    std::string text = R"({"attempts":3)";
    if (job.delay > Millis{0}) text += R"(,"delay":)" + std::to_string(job.delay.count());
    if (job.priority > 0) text += R"(,"priority":)" + std::to_string(job.priority);
    if (job.lifo) text += R"(,"lifo":true)";
    if (job.deduplication) {
        const Deduplication& own = *job.deduplication;
        text += R"(,"de":{"id":")" + own.id + '"';
        if (own.ttl > Millis{0}) text += R"(,"ttl":)" + std::to_string(own.ttl.count());
        if (own.extend) text += R"(,"extend":true)";
        if (own.replace) text += R"(,"replace":true)";
        if (own.reschedule) text += R"(,"reschedule":true)";
        if (own.keep_last_if_active) text += R"(,"keepLastIfActive":true)";
        text += '}';
    }
    return text + '}';
}

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
    if (job.has_children) out << "parent ";
    if (job.parent)
        out << "of " << job.parent->id << " in q" << job.parent->queue << " policy "
            << static_cast<int>(job.parent->policy) << ' ';
    if (job.deduplication) out << "opts " << job.opts << ' ';
    out << "data " << shown(job.data) << '}';
}

void print(std::ostream& out, const Outcome& outcome, Holder holder) {
    static constexpr const char* outcomes[] = {
        "complete", "fail", "retry", "hand_back", "postpone", "wait_children", "rate_limit"};
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
        case Kind::add_flow: fill_flow(made); break;
        case Kind::upsert_scheduler: fill_scheduler(made); break;
        case Kind::renew: made.holders = {random_.pick({Holder::latest, Holder::earlier})}; break;
        case Kind::change_delay:
            made.time = random_.pick({Millis{0}, Millis{1}, Millis{500}});
            break;
        case Kind::change_priority: made.number = random_.pick({0, 1, 2, 2, priority_max}); break;
        case Kind::add_log:
            if (random_.one_in(2)) made.number = random_.pick({0, 1, 2});
            break;
        case Kind::pass_time:
            made.time = random_.pick({Millis{1}, Millis{10}, Millis{1000}});
            break;
        default: fill_change(made); break;
    }
    return made;
}

void Generator::fill_change(Operation& made) {
    switch (made.kind) {
        case Kind::retry:
            made.state = random_.pick({JobState::failed, JobState::completed});
            if (random_.one_in(4)) made.number = 1;  // and begin to count anew
            break;
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
        case Kind::remove_unprocessed: made.id = random_.pick(parent_ids); break;
        case Kind::remove_deduplication:
            made.text = random_.pick(deduplication_ids);
            if (random_.one_in(2)) made.id.clear();
            break;
        case Kind::continue_scheduler:
        case Kind::remove_scheduler: made.text = random_.pick(scheduler_ids); break;
        case Kind::set_rate_limit:
            if (!random_.one_in(3))
                made.limit =
                    contract::RateLimit{.max = random_.pick({1, 2, 4}), .duration = window};
            break;
        case Kind::rate_limit_for: made.time = random_.pick({Millis{0}, window}); break;
        default: break;
    }
}

void Generator::fill_call(Operation& made) {
    made.take = random_.pick({0u, 1u, 1u, 2u, 5u});
    if (random_.one_in(5))
        made.limit = contract::RateLimit{.max = random_.pick({1, 2, 4}), .duration = window};
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
    AddJob made{.name = text(), .data = json()};
    if (random_.one_in(3)) made.id = random_.pick({"a", "b", "c", "caf\xC3\xA9 '\"%*"});
    if (random_.one_in(3))
        made.delay = random_.pick({Millis{1}, Millis{10}, Millis{1000}, Millis{86'400'000}});
    if (random_.one_in(3)) made.priority = random_.pick({1, 2, 2, priority_max});
    made.lifo = random_.one_in(6);
    if (random_.one_in(4))
        made.deduplication = deduplication();
    else if (random_.one_in(6))
        made.parent = link(random_.pick(parent_ids));
    // What is kept for later may meet another job of its own id by then.
    if (made.deduplication && made.deduplication->keep_last_if_active) made.id.clear();
    made.opts = options_of(made);
    return made;
}

std::optional<Deduplication> Generator::deduplication() {
    return Deduplication{.id = random_.pick(deduplication_ids),
                         .ttl = random_.pick({Millis{0}, window}),
                         .extend = random_.one_in(3),
                         .replace = random_.one_in(3),
                         .reschedule = random_.one_in(4),
                         .keep_last_if_active = random_.one_in(3)};
}

contract::ParentLink Generator::link(const JobId& parent) {
    return {.queue = std::to_string(random_.pick({0, 0, 0, 1, 2})),
            .id = parent,
            .policy = policies[random_.below(policies.size())]};
}

// A root, in half of the cases a parent below it, and leaves. Parents stand in a fixed order, so
// that no job becomes its own ancestor. Ids meet those of other flows.
void Generator::fill_flow(Operation& made) {
    const auto put = [&](JobId id, std::optional<contract::ParentLink> parent) {
        AddJob job{.id = std::move(id), .name = text(), .data = json()};
        if (random_.one_in(6)) job.delay = random_.pick({Millis{1}, Millis{1000}});
        if (random_.one_in(6)) job.priority = 2;
        job.parent = std::move(parent);
        job.opts = options_of(job);
        made.jobs.push_back(std::move(job));
        made.queues.push_back(random_.pick({0, 0, 0, 1, 2}));
    };
    const auto under = [&](std::size_t above) {
        made.jobs[above].has_children = true;
        return contract::ParentLink{.queue = std::to_string(made.queues[above]),
                                    .id = made.jobs[above].id,
                                    .policy = policies[random_.below(policies.size())]};
    };
    put(random_.pick({"p", "q"}), std::nullopt);
    if (random_.one_in(2)) put(random_.pick({"m", "n"}), under(0));
    const std::vector<JobId> leaves{"x", "y", "z", "w"};
    const std::size_t first = random_.below(leaves.size());
    const std::size_t inner = made.jobs.size() - 1;
    const std::size_t count = 1 + random_.below(3);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t above = i == 0 ? inner : random_.below(inner + 1);
        put(leaves[(first + i) % leaves.size()],
            random_.one_in(12) ? link(random_.pick(parent_ids)) : under(above));
    }
    if (!made.jobs[inner].has_children) put("v", under(inner));
}

void Generator::fill_scheduler(Operation& made) {
    contract::Scheduler& scheduler = made.scheduler;
    scheduler = {.id = random_.pick(scheduler_ids), .name = "run", .data = json()};
    if (has_pattern(scheduler.id)) {
        scheduler.repeat.pattern = "0 9 * * *";
        made.time = random_.pick({Millis{0}, Millis{10}, Millis{1000}});
    } else {
        scheduler.repeat.every = random_.pick({Millis{10}, Millis{1000}, Millis{60'000}});
        if (random_.one_in(4)) scheduler.repeat.offset = Millis{7};
    }
    if (random_.one_in(5)) scheduler.repeat.limit = random_.pick({1, 2, 3});
    scheduler.repeat.missed =
        random_.pick({MissedRuns::once, MissedRuns::once, MissedRuns::skip, MissedRuns::all});
    made.number = random_.pick({0, 0, 0, 2});  // priority
    AddJob like{.priority = *made.number};
    scheduler.opts = options_of(like);
}

Outcome Generator::outcome() {
    Outcome made{.id = id(),
                 .kind = random_.pick({Outcome::Kind::complete,
                                       Outcome::Kind::complete,
                                       Outcome::Kind::fail,
                                       Outcome::Kind::complete,
                                       Outcome::Kind::fail,
                                       Outcome::Kind::fail,
                                       Outcome::Kind::retry,
                                       Outcome::Kind::retry,
                                       Outcome::Kind::hand_back,
                                       Outcome::Kind::postpone,
                                       Outcome::Kind::wait_children,
                                       Outcome::Kind::rate_limit}),
                 .value = json(),
                 .stacktrace = R"(["why"])"};
    if (made.kind == Outcome::Kind::rate_limit) made.delay = window;
    if (made.kind == Outcome::Kind::retry || made.kind == Outcome::Kind::postpone)
        made.delay = random_.pick({Millis{0}, Millis{0}, Millis{1}, Millis{1000}});
    if (made.kind != Outcome::Kind::complete) made.value = text();
    if (random_.one_in(4)) made.keep.count = random_.pick({0, 1, 2});
    if (random_.one_in(6)) made.keep.age = random_.pick({Millis{1000}, Millis{60'000}});
    return made;
}

// Few, so that operations meet.
JobId Generator::id() {
    if (random_.one_in(4)) return random_.pick({"a", "b", "c", "caf\xC3\xA9 '\"%*", "nobody"});
    if (random_.one_in(4))
        return random_.pick({"p", "q", "m", "n", "x", "y", "z", "run of s", "run of t"});
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
        case Kind::add_flow:
            for (std::size_t i = 0; i < operation.jobs.size(); ++i) {
                out << " q" << operation.queues[i];
                print(out, operation.jobs[i]);
            }
            break;
        case Kind::upsert_scheduler:
            out << ' ' << operation.scheduler.id << " every "
                << operation.scheduler.repeat.every.count() << " offset "
                << operation.scheduler.repeat.offset.value_or(Millis{-1}).count() << " limit "
                << operation.scheduler.repeat.limit << " missed "
                << toril::to_string(operation.scheduler.repeat.missed) << " next in "
                << operation.time.count() << " opts " << operation.scheduler.opts;
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
            if (operation.limit) out << " limit " << operation.limit->max;
            break;
    }
    if (operation.twice) out << ", twice";
    return out.str();
}

}  // namespace toril::model
