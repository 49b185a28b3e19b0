#pragma once

// Whether the store of locks is away: then nobody waits for it, one call in a while finds out
// when it is back, and the board and the log say so once.

#include "base/breaker.hpp"
#include "base/fallback_board.hpp"
#include "base/logger.hpp"
#include "base/store_away.hpp"
#include "contract/lock_store.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>

namespace toril::lock {

/// Threads: any.
class Outage : public std::enable_shared_from_this<Outage> {
public:
    using Later = std::function<void(Millis, std::function<void()>)>;

    Outage(std::shared_ptr<contract::LockStore> store,
           std::shared_ptr<base::FallbackBoard> board,
           base::Logger log)
        : store_(std::move(store)), board_(std::move(board)), log_(std::move(log)) {}

    /// Once, before anything else: what makes calls later.
    void start(Later later) { later_ = std::move(later); }

    /// The store need not be asked.
    bool is_on() const noexcept { return !breaker_.is_closed(); }
    /// The store answered, whatever it was.
    void answered();
    void failed(const Error& error);
    /// `mode` (open or local) stood in for the store.
    void stood_in(std::string_view mode, const Error& reason);
    Error reason() const;

private:
    void tell(const Error& error);
    void look_later();
    void look();
    void over();

    const std::shared_ptr<contract::LockStore> store_;
    const std::shared_ptr<base::FallbackBoard> board_;
    const base::Logger log_;
    Later later_{};
    base::Breaker breaker_{};
    // Each stands for itself: a reader of the old value tells once more, or looks once more.
    std::atomic<bool> told_{false};
    std::atomic<bool> looking_{false};
    mutable base::Mutex mutex_{};
    std::string reason_ TORIL_GUARDED_BY(mutex_){};
};

}  // namespace toril::lock
