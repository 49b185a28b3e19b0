#include "keyspace.hpp"

#include "base/uuid.hpp"
#include "support/redis_server.hpp"

#include <algorithm>
#include <stdexcept>

namespace toril::redis_store {
namespace {

redis::Config config_of(const std::string& url) {
    Result<redis::Config> config = redis::Config::from_url(url);
    if (!config) throw std::runtime_error(config.error().message());
    return *config;
}

std::string text_of(const redis::Value& value) {
    if (value.type() == redis::ReplyType::integer) return std::to_string(value.integer());
    return std::string(value.text());
}

std::vector<std::string> flat(const redis::Value& value) {
    std::vector<std::string> texts;
    for (const redis::Value element : value) {
        if (element.type() == redis::ReplyType::array)
            for (const std::string& inner : flat(element))
                texts.push_back(inner);
        else
            texts.push_back(text_of(element));
    }
    return texts;
}

std::string joined(const std::vector<std::string>& texts, const std::string& between) {
    std::string all;
    for (const std::string& text : texts)
        all += (all.empty() ? "" : between) + text;
    return all;
}

// "a", "1", "b", "2" with ": " gives "a: 1", "b: 2".
std::vector<std::string> paired(const std::vector<std::string>& texts, const std::string& between) {
    std::vector<std::string> pairs;
    for (std::size_t i = 0; i + 1 < texts.size(); i += 2)
        pairs.push_back(texts[i] + between + texts[i + 1]);
    return pairs;
}

}  // namespace

StoreTest::StoreTest() : StoreTest(testing::shared_redis_url()) {}

StoreTest::StoreTest(const std::string& url)
    : prefix("test-" + base::make_uuid()),
      base(prefix + ":q:"),
      store(open_redis(config_of(url), {.prefix = prefix})),
      client(store),
      factory_(config_of(url)),
      connection_(factory_.open(redis::Profile::api, "test")) {}

StoreTest::~StoreTest() {
    for (const auto& [suffix, content] : keys())
        raw({"DEL", suffix.starts_with(':') ? prefix + suffix : base + suffix});
    EXPECT_TRUE(store->close(Millis{1'000}));
}

std::string StoreTest::raw(const std::vector<std::string>& command) {
    redis::Request request;
    request.command(command.front());
    for (std::size_t i = 1; i < command.size(); ++i)
        request.arg(command[i]);
    const Result<redis::Reply> reply = connection_.call(std::move(request));
    if (!reply) return reply.error().message();
    return text_of(reply->root());
}

Keys StoreTest::keys() {
    const Result<redis::Reply> found =
        connection_.call(std::move(redis::Request("KEYS").arg(prefix + ":*")));
    Keys all;
    if (!found) return all;
    for (const std::string& name : flat(found->root()))
        all[name.starts_with(base) ? name.substr(base.size()) : name.substr(prefix.size())] =
            read(name);
    return all;
}

std::string StoreTest::key(const std::string& suffix) {
    return read(base + suffix);
}

std::string StoreTest::read(const std::string& name) {
    const auto ask = [&](redis::Request request) {
        const Result<redis::Reply> reply = connection_.call(std::move(request));
        return reply ? flat(reply->root()) : std::vector<std::string>{};
    };
    const std::string type = raw({"TYPE", name});
    using redis::Request;
    if (type == "string") return raw({"GET", name});
    if (type == "list")
        return "[" + joined(ask(std::move(Request("LRANGE").arg(name).arg(0).arg(-1))), ", ") + "]";
    std::vector<std::string> members;
    if (type == "set") {
        members = ask(std::move(Request("SMEMBERS").arg(name)));
        std::sort(members.begin(), members.end());
        return "{" + joined(members, ", ") + "}";
    }
    if (type == "zset") {
        members = ask(std::move(Request("ZRANGE").arg(name).arg(0).arg(-1).arg("WITHSCORES")));
        return "{" + joined(paired(members, ": "), ", ") + "}";
    }
    if (type == "hash") {
        members = paired(ask(std::move(Request("HGETALL").arg(name))), "=");
        std::sort(members.begin(), members.end());
        return joined(members, " ");
    }
    return type == "stream" ? raw({"XLEN", name}) + " events" : "";
}

std::vector<std::string> StoreTest::events() {
    const Result<redis::Reply> reply = connection_.call(
        std::move(redis::Request("XRANGE").arg(base + "events").arg(last_event_).arg("+")));
    std::vector<std::string> all;
    if (!reply) return all;
    for (const redis::Value entry : reply->root()) {
        last_event_ = "(" + std::string(entry[0].text());
        // "event waiting jobId 1" -> "waiting jobId 1"
        all.push_back(joined(flat(entry[1]), " ").substr(6));
    }
    return all;
}

JobId StoreTest::add(contract::AddJob job) {
    if (job.name.empty()) job.name = "n";
    if (job.data.empty()) job.data = R"({"a":1})";
    if (job.opts.empty()) job.opts = R"({"attempts":0})";
    auto added = client.add({.queue = queue, .jobs = {std::move(job)}, .now = now});
    if (!added || !added->front()) {
        ADD_FAILURE() << "not added";
        return {};
    }
    return (*added->front()).id;
}

contract::FinishedAndTaken StoreTest::call(contract::FinishAndTakeParams params) {
    params.queue = queue;
    params.now = now;
    auto answer = client.finish_and_take(params);
    if (!answer) {
        ADD_FAILURE() << answer.error().message();
        return {};
    }
    return std::move(*answer);
}

std::vector<JobId> StoreTest::take(std::size_t count, const std::string& token) {
    std::vector<JobId> ids;
    for (const contract::TakenJob& job : call({.take = count, .token = token}).jobs)
        ids.push_back(job.id);
    return ids;
}

std::vector<std::string> StoreTest::finish(std::vector<contract::Outcome> outcomes) {
    std::vector<std::string> codes;
    for (const Status& status : call({.outcomes = std::move(outcomes)}).finished)
        codes.emplace_back(status ? "" : to_string(status.error().code()));
    return codes;
}

Status StoreTest::complete(const JobId& id, const std::string& value, KeepJobs keep) {
    return call({.outcomes = {{.id = id, .token = "t", .value = value, .keep = keep}}})
        .finished.at(0);
}

Status StoreTest::fail(const JobId& id, const std::string& reason, KeepJobs keep) {
    return call({.outcomes = {{.id = id,
                               .token = "t",
                               .kind = contract::Outcome::Kind::fail,
                               .value = reason,
                               .stacktrace = R"(["at"])",
                               .keep = keep}}})
        .finished.at(0);
}

}  // namespace toril::redis_store
