#include "backend/sqlite/side/side_stores.hpp"

#include "backend/sqlite/side/cache_store.hpp"
#include "backend/sqlite/side/engine.hpp"
#include "backend/sqlite/side/limit_store.hpp"
#include "backend/sqlite/side/lock_store.hpp"

namespace toril::sqlite_side {

Stores open_side(const SideOptions& options) {
    // The engine's threads keep it alive; so what ends them is the last handle to it from outside.
    const auto inner = std::make_shared<Engine>(options);
    const std::shared_ptr<Engine> engine(inner.get(), [inner](Engine* ending) { ending->end(); });
    return {.cache = make_cache_store(engine),
            .locks = make_lock_store(engine),
            .limits = make_limit_store(engine),
            .engine = engine};
}

}  // namespace toril::sqlite_side
