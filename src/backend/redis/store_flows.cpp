// Parents and their children: looking at them, and taking them apart.

#include "backend/redis/batches.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

using contract::Dependency;

constexpr std::size_t page_children_max = 1000;

std::string_view suffix_of(Dependency::State state) {
    switch (state) {
        case Dependency::State::processed: return "processed";
        case Dependency::State::ignored: return "failed";
        case Dependency::State::failed: return "unsuccessful";
        case Dependency::State::unprocessed: break;
    }
    return "dependencies";
}

bool has_values(Dependency::State state) {
    return state == Dependency::State::processed || state == Dependency::State::ignored;
}

bool is_cursor(std::string_view text) {
    return text.size() <= 20 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Where the id begins: after the last colon, but for runs of schedulers, "repeat:name:ms".
std::size_t begin_of_id(std::string_view key) {
    const std::size_t last = key.rfind(':');
    if (last == key.npos) return 0;
    const std::size_t before = last > 0 ? key.rfind(':', last - 1) : key.npos;
    if (before == key.npos) return last + 1;
    constexpr std::string_view run = "repeat";
    const std::string_view head = key.substr(0, before);
    if (head == run) return 0;
    if (head.ends_with(":repeat")) return head.size() - run.size();
    return last + 1;
}

Dependency dependency_of(std::string_view key, std::string_view prefix) {
    Dependency child;
    child.key = key;
    const std::size_t id = begin_of_id(key);
    child.id = key.substr(id);
    std::string_view queue = key.substr(0, id > 0 ? id - 1 : 0);
    if (queue.size() > prefix.size() && queue.starts_with(prefix) && queue[prefix.size()] == ':' &&
        queue.find(':', prefix.size() + 1) == queue.npos)
        queue.remove_prefix(prefix.size() + 1);
    child.queue = queue;
    return child;
}

contract::DependencyPage decode_page(const redis::Value& reply,
                                     Dependency::State state,
                                     std::string_view prefix) {
    contract::DependencyPage page;
    auto at = reply.begin();
    page.cursor = (*at).text();
    if (page.cursor == "0") page.cursor.clear();
    for (++at; at != reply.end(); ++at) {
        Dependency child = dependency_of((*at).text(), prefix);
        child.state = state;
        if (has_values(state) && ++at != reply.end()) child.value = (*at).text();
        page.children.push_back(std::move(child));
        if (at == reply.end()) break;
    }
    return page;
}

}  // namespace

void RedisStore::dependencies(contract::DependencyParams params,
                              contract::Done<contract::DependencyPage> done) {
    if (!is_cursor(params.cursor))
        return done(Error(ErrorCode::invalid_argument,
                          "\"" + params.cursor + "\" is not a cursor of a page of children"));
    ScriptArgs args;
    args.owned(params.id).text(suffix_of(params.state));
    args.owned(params.cursor.empty() ? "0" : params.cursor);
    args.number(std::clamp<std::size_t>(params.count, 1, page_children_max));
    std::vector<std::string> ids{params.id};
    const std::string queue = params.queue;
    runner_.run(
        scripts().dependencies,
        queue,
        args,
        [this, params = std::move(params), done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            if (reply->root().integer() < 0)
                return done(error_of_code(-1, params.queue, params.id));
            done(decode_page(reply->root(), params.state, runner_.prefix()));
        },
        std::move(ids));
}

void RedisStore::dependency_counts(contract::JobRef job,
                                   contract::Done<contract::DependencyCounts> done) {
    ScriptArgs args;
    args.owned(job.id);
    std::vector<std::string> ids{job.id};
    const std::string queue = job.queue;
    runner_.run(
        scripts().dependency_counts,
        queue,
        args,
        [job = std::move(job), done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            const redis::Value root = reply->root();
            if (root.size() < 4) return done(error_of_code(-1, job.queue, job.id));
            const auto count = [&](std::size_t i) {
                return static_cast<std::uint64_t>(root[i].integer());
            };
            done(contract::DependencyCounts{.unprocessed = count(0),
                                            .processed = count(1),
                                            .ignored = count(2),
                                            .failed = count(3)});
        },
        std::move(ids));
}

void RedisStore::remove_unprocessed_children(contract::JobRef job,
                                             contract::Done<std::size_t> removed) {
    ScriptArgs args;
    args.owned(job.id);
    count(
        scripts().remove_unprocessed, std::move(job), args, [removed](Result<std::int64_t> count) {
            if (!count) return removed(count.error());
            removed(static_cast<std::size_t>(*count));
        });
}

void RedisStore::remove_child_dependency(contract::JobRef job, contract::Done<bool> was) {
    ScriptArgs args;
    args.owned(job.id);
    count(scripts().remove_dependency, std::move(job), args, [was](Result<std::int64_t> count) {
        if (!count) return was(count.error());
        was(*count == 1);
    });
}

void RedisStore::count(const redis::Script& script,
                       contract::JobRef job,
                       const ScriptArgs& args,
                       contract::Done<std::int64_t> done) {
    std::vector<std::string> ids{job.id};
    const std::string queue = job.queue;
    runner_.run(
        script,
        queue,
        args,
        [job = std::move(job), done = std::move(done)](Result<redis::Reply> reply) {
            if (!reply) return done(reply.error());
            const std::int64_t answer = reply->root().integer();
            if (answer < 0) return done(error_of_code(answer, job.queue, job.id));
            done(answer);
        },
        std::move(ids));
}

}  // namespace toril::redis_store
