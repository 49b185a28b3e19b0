#pragma once

// A store of caches whose calls a test can hold back, refuse or rob of their answers, and whose
// news it can delay. Each FakeClient is the store as one process sees it.

#include "base/glob.hpp"
#include "cache/clock.hpp"
#include "contract/cache_store.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace toril::cache {

enum class Op : unsigned char { get, set, remove, expire, invalidate, give_back };

/// One call: what it does to the store, and the answer; in between lies the network.
struct FakeCall {
    Op op = Op::get;
    std::string what{};  // key, tag or pattern
    std::function<void()> execute{};
    std::function<void()> answer{};
    std::function<void(Error)> refuse{};
};

/// The server. Threads: any.
class FakeServer {
public:
    explicit FakeServer(const std::atomic<std::int64_t>& hand) : hand_(hand) {}

    struct Entry {
        contract::CacheEntry entry{};  // its times are until
    };
    struct Lease {
        std::string token{};
        std::int64_t until = 0;
    };

    bool has(const std::string& key) {
        const std::lock_guard lock(mutex);
        return entries.contains(key);
    }
    bool is_lent(const std::string& key) {
        const std::lock_guard lock(mutex);
        return leases.contains(key);
    }
    /// Marks are gone; what stands is not valid any more.
    void lose_marks() {
        const std::lock_guard lock(mutex);
        marks.clear();
        generation = {"incarnation-two..", 0};
    }
    std::int64_t now() const { return hand_.load(); }

    bool is_valid(const std::string& key, const contract::CacheEntry& entry) const {
        if (entry.generation.incarnation != generation.incarnation) return false;
        return std::none_of(marks.begin(), marks.end(), [&](const contract::CacheMark& mark) {
            if (mark.number <= entry.generation.number) return false;
            using Kind = contract::CacheMark::Kind;
            if (mark.kind == Kind::all) return true;
            if (mark.kind == Kind::pattern) return base::glob_matches(mark.text, key);
            return std::find(entry.tags.begin(), entry.tags.end(), mark.text) != entry.tags.end();
        });
    }

    std::mutex mutex{};                                     // guards the next
    std::map<std::string, contract::CacheEntry> entries{};  // times: by this clock, until
    std::map<std::string, Lease> leases{};
    std::vector<contract::CacheMark> marks{};
    contract::CacheGeneration generation{"incarnation-one..", 0};

private:
    const std::atomic<std::int64_t>& hand_;
};

class FakeClient final : public contract::CacheStore {
public:
    using Gate = std::function<void(FakeCall)>;
    using Peers = std::vector<FakeClient*>;

    explicit FakeClient(std::shared_ptr<FakeServer> server) : server_(std::move(server)) {}

    /// What happens to calls from now on. The default executes and answers at once.
    void on_call(Gate gate) {
        const std::lock_guard lock(mutex_);
        gate_ = std::move(gate);
    }
    /// Who is told of what this one changes.
    void tell(Peers peers) { peers_ = std::move(peers); }
    std::shared_ptr<contract::CacheListener> listener() const { return listener_.lock(); }
    std::size_t count(Op op) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::count(calls_.begin(), calls_.end(), op));
    }

    void get(contract::CacheGetParams params, contract::Done<contract::CacheAnswer> done) override {
        const auto answer = std::make_shared<contract::CacheAnswer>();
        const std::string what = params.keys.front();
        call({Op::get,
              what,
              [this, answer, params = std::move(params)] { *answer = read(params); },
              [answer, done] { done(*answer); },
              [done](Error error) { done(std::move(error)); }});
    }
    void set(contract::CacheSetParams params, contract::Done<bool> stored) override {
        const auto answer = std::make_shared<bool>();
        const std::string what = params.key;
        call({Op::set,
              what,
              [this, answer, params = std::move(params)] { *answer = write(params); },
              [answer, stored] { stored(*answer); },
              [stored](Error error) { stored(std::move(error)); }});
    }
    void tally(std::string,
               std::map<std::string, std::uint64_t>,
               Millis,
               contract::DoneStatus done) override {
        done({});
    }
    void totals(std::string, Millis, contract::Done<contract::CacheTotals> done) override {
        done(contract::CacheTotals{});
    }
    void give_back(std::string, std::string key, std::string token) override {
        call({Op::give_back,
              key,
              [this, key, token] {
                  {
                      const std::lock_guard lock(server_->mutex);
                      const auto lease = server_->leases.find(key);
                      if (lease == server_->leases.end() || lease->second.token != token) return;
                      server_->leases.erase(lease);
                  }
                  tell_changed(key);
              },
              [] {},
              [](const Error&) {}});
    }
    void remove(contract::CacheKeys keys, contract::Done<std::size_t> removed) override {
        change_all(Op::remove, std::move(keys), std::move(removed), [this](const std::string& key) {
            return server_->entries.erase(key);
        });
    }
    void expire(contract::CacheKeys keys, contract::Done<std::size_t> expired) override {
        change_all(Op::expire, std::move(keys), std::move(expired), [this](const std::string& key) {
            const auto found = server_->entries.find(key);
            if (found == server_->entries.end()) return std::size_t{0};
            found->second.fresh_for = Millis{server_->now()};
            return std::size_t{1};
        });
    }
    void invalidate(contract::CacheInvalidateParams params,
                    contract::Done<contract::CacheGeneration> done) override {
        const auto answer = std::make_shared<contract::CacheGeneration>();
        const std::string what = params.marks.front().text;
        call({Op::invalidate,
              what,
              [this, answer, params = std::move(params)] { *answer = mark(params.marks); },
              [answer, done] { done(*answer); },
              [done](Error error) { done(std::move(error)); }});
    }
    void listen(std::string, std::weak_ptr<contract::CacheListener> listener) override {
        listener_ = std::move(listener);
    }
    void close(Millis) override {}

private:
    void call(FakeCall call) {
        Gate gate;
        {
            const std::lock_guard lock(mutex_);
            calls_.push_back(call.op);
            gate = gate_;
        }
        if (gate) return gate(std::move(call));
        call.execute();
        call.answer();
    }

    contract::CacheAnswer read(const contract::CacheGetParams& params) {
        const std::lock_guard lock(server_->mutex);
        const std::int64_t now = server_->now();
        contract::CacheAnswer answer;
        answer.generation = server_->generation;
        for (const std::string& key : params.keys) {
            contract::CacheFound found;
            const auto at = server_->entries.find(key);
            if (at != server_->entries.end() && at->second.kept_for.count() > now &&
                server_->is_valid(key, at->second)) {
                found.entry = at->second;
                found.entry->fresh_for -= Millis{now};
                found.entry->kept_for -= Millis{now};
            }
            const bool is_fresh = found.entry && found.entry->fresh_for > params.ahead;
            if (!is_fresh && params.lease > Millis{0}) lend(key, params, found);
            answer.found.push_back(std::move(found));
        }
        return answer;
    }

    void lend(const std::string& key,
              const contract::CacheGetParams& params,
              contract::CacheFound& found) {
        FakeServer::Lease& lease = server_->leases[key];
        found.leased = lease.until <= server_->now();
        if (found.leased) lease = {params.token, server_->now() + params.lease.count()};
        found.lease_left = found.leased ? Millis{0} : Millis{lease.until - server_->now()};
    }

    bool write(const contract::CacheSetParams& params) {
        {
            const std::lock_guard lock(server_->mutex);
            contract::CacheEntry entry = params.entry;
            if (params.token.empty()) {
                entry.generation = server_->generation;
            } else {
                const auto lease = server_->leases.find(params.key);
                if (lease == server_->leases.end() || lease->second.token != params.token ||
                    !server_->is_valid(params.key, entry))
                    return false;
            }
            server_->leases.erase(params.key);
            entry.fresh_for += Millis{server_->now()};
            entry.kept_for += Millis{server_->now()};
            server_->entries[params.key] = std::move(entry);
        }
        tell_changed(params.key);
        return true;
    }

    template <class Change>
    void change_all(Op op,
                    contract::CacheKeys keys,
                    contract::Done<std::size_t> done,
                    Change change) {
        const auto count = std::make_shared<std::size_t>(0);
        const std::string what = keys.keys.front();
        call({op,
              what,
              [this, count, change, keys = std::move(keys)] {
                  {
                      const std::lock_guard lock(server_->mutex);
                      for (const std::string& key : keys.keys) {
                          server_->leases.erase(key);
                          *count += change(key);
                      }
                  }
                  for (const std::string& key : keys.keys)
                      tell_changed(key);
              },
              [count, done] { done(*count); },
              [done](Error error) { done(std::move(error)); }});
    }

    contract::CacheGeneration mark(const std::vector<contract::CacheMark>& marks) {
        std::vector<contract::CacheMark> numbered = marks;
        contract::CacheGeneration now;
        {
            const std::lock_guard lock(server_->mutex);
            for (contract::CacheMark& mark : numbered) {
                mark.number = ++server_->generation.number;
                server_->marks.push_back(mark);
            }
            now = server_->generation;
        }
        for (FakeClient* peer : peers_)
            if (const auto listener = peer->listener())
                for (const contract::CacheMark& mark : numbered)
                    listener->invalidated(mark, {now.incarnation, mark.number});
        return now;
    }

    void tell_changed(const std::string& key) {
        for (FakeClient* peer : peers_)
            if (const auto listener = peer->listener()) listener->changed(key);
    }

    const std::shared_ptr<FakeServer> server_;
    Peers peers_{};
    std::weak_ptr<contract::CacheListener> listener_{};
    mutable std::mutex mutex_{};  // guards the next
    Gate gate_{};
    std::vector<Op> calls_{};
};

}  // namespace toril::cache
