#include "redis/channel.hpp"

#include "redis/error_reply.hpp"

#include <algorithm>
#include <utility>

namespace toril::redis {
namespace {

constexpr std::size_t read_bytes_min = 16u * 1024;
constexpr std::size_t out_bytes_kept_max = 1024u * 1024;

}  // namespace

Channel::Channel(std::shared_ptr<ChannelOwner> owner,
                 std::shared_ptr<Transport> transport,
                 const Config& config,
                 std::string_view name)
    : owner_(std::move(owner)),
      transport_(std::move(transport)),
      config_(config),
      handshake_(config, name),
      parser_(config.reply_bytes_max) {}

void Channel::open(SteadyTime now) {
    connect_deadline_ = now + config_.connect_timeout;
    transport_->open(shared_from_this());
}

void Channel::close() {
    owner_ = nullptr;
    transport_->close();
}

std::string& Channel::out() {
    return out_.bytes;
}

void Channel::flush() {
    const std::span<const char> rest = std::span(out_.bytes).subspan(out_.gone);
    if (rest.empty()) return;
    out_.gone += transport_->write(rest).bytes;
    if (!out_.is_done()) return;
    if (ready_) out_.gone_before += out_.bytes.size();
    out_.gone = 0;
    out_.bytes.clear();
    if (out_.bytes.capacity() > out_bytes_kept_max) out_.bytes.shrink_to_fit();
}

std::uint64_t Channel::written() const noexcept {
    const std::size_t last = transport_->is_write_in_doubt() ? out_.bytes.size() : out_.gone;
    return out_.gone_before + (ready_ ? last : 0);
}

void Channel::lose(const Loss& loss) {
    if (const auto owner = std::exchange(owner_, nullptr)) {
        // The owner asks for `written` before it lets go of us.
        owner->on_lost(loss);
        transport_->close();
    }
}

void Channel::on_open() {
    const auto owner = owner_;
    run(handshake_.start());
    if (owner_ != nullptr) read_more();
}

void Channel::run(Handshake::Step step) {
    using Do = Handshake::Step::Do;
    switch (step.what) {
        case Do::send:
            out_.bytes = std::move(step.bytes);
            flush();
            break;
        case Do::wait:
            resume_at_ = last_read_ + step.wait;
            pause_ = {LossKind::server, reason_of_reply(step.problem), std::move(step.problem)};
            owner_->on_pause(pause_);
            break;
        case Do::ready:
            ready_ = true;
            connect_deadline_ = SteadyTime::max();
            owner_->on_ready(handshake_.greeting());
            break;
        case Do::refuse: lose({LossKind::refused, LinkReason::auth, step.problem}); break;
        case Do::fail: lose({LossKind::server, reason_of_reply(step.problem), step.problem}); break;
    }
}

void Channel::read_more() {
    transport_->read(parser_.prepare(read_bytes_min));
}

void Channel::on_read(std::size_t bytes) {
    // Either may let go of the other on the way, and the owner be gone from everywhere else.
    const auto self = shared_from_this();
    const auto owner = owner_;
    last_read_ = std::chrono::steady_clock::now();
    parser_.commit(bytes);
    RespParser::Outcome outcome = RespParser::Outcome::more;
    while (owner_ != nullptr) {
        Reply reply;
        outcome = parser_.next(reply);
        if (outcome != RespParser::Outcome::reply) break;
        if (ready_)
            owner_->on_reply(std::move(reply));
        else if (reply.root().type() != ReplyType::push)
            run(handshake_.on_reply(reply.root()));
    }
    if (outcome == RespParser::Outcome::broken)
        lose({LossKind::protocol, LinkReason::protocol, parser_.problem()});
    if (owner_ != nullptr) owner_->on_read_done(bytes, last_read_);
    if (owner_ != nullptr) read_more();
}

void Channel::on_writable() {
    const auto owner = owner_;
    flush();
    if (owner != nullptr && ready_) owner->on_writable();
}

void Channel::on_broken(const Trouble& trouble) {
    lose({LossKind::network, trouble.why, trouble.text});
}

void Channel::on_tick(SteadyTime now) {
    const auto owner = owner_;
    if (owner == nullptr || ready_) return;
    if (now >= connect_deadline_) {
        const std::string waited = std::to_string(config_.connect_timeout.count()) + " ms";
        if (!pause_.reason.empty())
            return lose({pause_.kind, pause_.why, pause_.reason + ", for " + waited});
        return lose({LossKind::network, LinkReason::timed_out, "not connected within " + waited});
    }
    if (now < resume_at_) return;
    resume_at_ = SteadyTime::max();
    run(handshake_.again());
}

SteadyTime Channel::next_due() const noexcept {
    return ready_ ? SteadyTime::max() : std::min(connect_deadline_, resume_at_);
}

}  // namespace toril::redis
