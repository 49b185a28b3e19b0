// Who works on a queue: BullMQ's list of workers, by the names of their blocking connections.

#include "backend/redis/client_name.hpp"
#include "backend/redis/redis_store_impl.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace toril::redis_store {
namespace {

// One line of CLIENT LIST: "id=3 addr=127.0.0.1:52555 ... name=x age=8 ...".
std::string_view field_of(std::string_view line, std::string_view name) {
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        const std::string_view field = line.substr(0, end);
        if (field.size() > name.size() && field.starts_with(name) && field[name.size()] == '=')
            return field.substr(name.size() + 1);
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return {};
}

std::optional<WorkerInfo> worker_in(std::string_view line, const std::string& unnamed) {
    const std::string_view raw = field_of(line, "name");
    const std::string named = unnamed + ":w:";
    if (raw != unnamed && !raw.starts_with(named)) return std::nullopt;
    WorkerInfo worker;
    worker.raw_name = raw;
    if (raw.size() > named.size()) worker.name = raw.substr(named.size());
    worker.address = field_of(line, "addr");
    const std::string_view age = field_of(line, "age");
    std::int64_t seconds = 0;
    std::from_chars(age.data(), age.data() + age.size(), seconds);
    worker.age = Millis(seconds * 1000);
    return worker;
}

}  // namespace

void RedisStore::workers(std::string queue, contract::Done<std::vector<WorkerInfo>> done) {
    redis::Request request;
    request.command("CLIENT").arg("LIST");
    runner_.send(std::move(request),
                 [unnamed = worker_client_name(runner_.prefix(), queue, {}),
                  done = std::move(done)](const Result<redis::Reply>& reply) {
                     if (!reply) return done(reply.error());
                     std::vector<WorkerInfo> workers;
                     std::string_view rest = reply->root().text();
                     while (!rest.empty()) {
                         const std::size_t end = std::min(rest.find('\n'), rest.size());
                         if (auto worker = worker_in(rest.substr(0, end), unnamed))
                             workers.push_back(std::move(*worker));
                         rest.remove_prefix(std::min(end + 1, rest.size()));
                     }
                     done(std::move(workers));
                 });
}

}  // namespace toril::redis_store
