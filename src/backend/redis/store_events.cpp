// The stream of events.

#include "backend/redis/client_name.hpp"
#include "backend/redis/events_reader.hpp"
#include "backend/redis/redis_store_impl.hpp"
#include "backend/redis/scripts.hpp"

#include <utility>

namespace toril::redis_store {

std::unique_ptr<contract::EventReader> RedisStore::read_events(contract::EventReaderParams params) {
    return std::make_unique<EventsReader>(links_,
                                          runner_.base(params.queue),
                                          events_client_name(runner_.prefix(), params.queue),
                                          std::move(params.after));
}

void RedisStore::publish_event(contract::PublishEventParams params, contract::DoneStatus done) {
    ScriptArgs args;
    args.text(params.name);
    for (const auto& [field, value] : params.fields)
        args.text(field).text(value);
    runner_.run(scripts().publish_event,
                params.queue,
                args,
                [done = std::move(done)](const Result<redis::Reply>& reply) {
                    if (!reply) return done(reply.error());
                    done({});
                });
}

// To the number, not in steps: somebody asked for it.
void RedisStore::trim_events(std::string queue,
                             std::uint64_t kept,
                             contract::Done<std::uint64_t> done) {
    redis::Request request;
    request.command("XTRIM").arg(runner_.base(queue) + "events").arg("MAXLEN").arg(kept);
    runner_.send(std::move(request), [done = std::move(done)](const Result<redis::Reply>& reply) {
        if (!reply) return done(reply.error());
        done(static_cast<std::uint64_t>(reply->root().integer()));
    });
}

}  // namespace toril::redis_store
