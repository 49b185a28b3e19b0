#include "backend/redis/events_reader.hpp"

#include "backend/redis/wait_rules.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis_store {
namespace {

using std::chrono::steady_clock;

// An id, then field and value in turn. Whatever other clients wrote is passed on as it is.
contract::Event decode_event(const redis::Value& entry) {
    contract::Event event;
    if (entry.size() < 2) return event;
    event.id = entry[0].text();
    const redis::Value fields = entry[1];
    for (auto at = fields.begin(); at != fields.end(); ++at) {
        std::string field((*at).text());
        if (++at == fields.end()) break;
        std::string value((*at).text());
        if (field == "event" && event.name.empty())
            event.name = std::move(value);
        else
            event.fields.emplace_back(std::move(field), std::move(value));
    }
    return event;
}

// RESP2 answers [[key, entries]], RESP3 {key: entries}.
std::vector<contract::Event> decode_events(const redis::Value& reply) {
    std::vector<contract::Event> events;
    if (reply.size() == 0) return events;
    const redis::Value stream = reply.type() == redis::ReplyType::map ? reply : reply[0];
    if (stream.size() < 2) return events;
    for (const redis::Value entry : stream[1])
        events.push_back(decode_event(entry));
    return events;
}

}  // namespace

EventsReader::EventsReader(std::shared_ptr<Links> links,
                           const std::string& base,
                           const std::string& name,
                           std::string after)
    : links_(std::move(links)),
      events_key_(base + "events"),
      watching_(links_->open_watching("events", name)) {
    if (after.empty()) {
        find_end({});
    } else {
        base::MutexLock lock(stream_->mutex);
        stream_->after = std::move(after);
    }
}

EventsReader::~EventsReader() {
    interrupt();
    watching_->connection.close(Millis{0});
}

void EventsReader::interrupt() {
    links_->interrupt(*watching_);
}

void EventsReader::next(Millis at_most,
                        std::size_t count,
                        std::function<void(Result<std::vector<contract::Event>>)> done) {
    Call call{.count = std::max<std::size_t>(count, 1), .deadline = steady_clock::now() + at_most};
    call.number =
        watching_->wait.begin([stream = stream_, done = std::move(done)](Result<Timestamp> ended) {
            if (!ended) return done(ended.error());
            std::vector<contract::Event> found;
            {
                base::MutexLock lock(stream->mutex);
                found = std::exchange(stream->found, {});
            }
            done(std::move(found));
        });
    if (call.number == 0) return;
    if (!after().empty()) return read(call);
    // Commands of one connection keep their order: this one waits for the first look.
    redis::Request request;
    request.command("PING");
    watching_->connection.send(std::move(request), [this, call](Result<redis::Reply> reply) {
        if (!reply) return failed(call, reply.error());
        if (after().empty()) return find_end(call);
        read(call);
    });
}

void EventsReader::find_end(const Call& call) {
    redis::Request request;
    request.command("XREVRANGE").arg(events_key_).arg("+").arg("-").arg("COUNT").arg(1);
    watching_->connection.send(std::move(request), [this, call](Result<redis::Reply> reply) {
        if (!reply) return failed(call, reply.error());
        const redis::Value newest = reply->root();
        if (newest.is_error())
            return failed(call, {ErrorCode::corrupt, std::string(newest.text())});
        {
            base::MutexLock lock(stream_->mutex);
            stream_->after = newest.size() > 0 ? std::string(newest[0][0].text()) : "0-0";
        }
        if (call.number != 0) read(call);
    });
}

void EventsReader::read(const Call& call) {
    const Millis left =
        std::chrono::duration_cast<Millis>(call.deadline - steady_clock::now()) + Millis{1};
    redis::Request request;
    request.command("XREAD").arg("COUNT").arg(call.count);
    Millis block{0};
    if (call.deadline > steady_clock::now()) {
        block = block_of(left, links_->factory.config());
        request.arg("BLOCK").arg(block.count());
    }
    request.arg("STREAMS").arg(events_key_).arg(after());
    watching_->connection.send(std::move(request),
                               [this, call](Result<redis::Reply> reply) {
                                   if (!reply) return failed(call, reply.error());
                                   received(call, reply->root());
                               },
                               {.timeout = block + block_grace, .idempotent = false});
}

void EventsReader::received(const Call& call, const redis::Value& reply) {
    if (reply.is_error()) return failed(call, {ErrorCode::corrupt, std::string(reply.text())});
    std::vector<contract::Event> events = decode_events(reply);
    if (events.empty() && steady_clock::now() < call.deadline &&
        watching_->wait.is_under_way(call.number))
        return read(call);
    if (!events.empty()) {
        base::MutexLock lock(stream_->mutex);
        stream_->after = events.back().id;
        stream_->found = std::move(events);
    }
    watching_->wait.end(call.number, Timestamp{});
}

void EventsReader::failed(const Call& call, Error error) {
    if (call.number == 0) return;  // nobody waits yet; the first call looks again
    if (error.code() == ErrorCode::corrupt)
        error = {ErrorCode::corrupt, "key \"" + events_key_ + "\": " + error.message()};
    end_later(*links_, watching_, call.number, std::move(error));
}

std::string EventsReader::after() {
    base::MutexLock lock(stream_->mutex);
    return stream_->after;
}

}  // namespace toril::redis_store
