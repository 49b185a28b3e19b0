#include "queue/asker.hpp"

#include "contract/backend.hpp"

#include <toril/store.hpp>

namespace toril::queue {

StoreAccess access_to(const Store& store) {
    return {.jobs = store.backend().jobs,
            .prefix = store.options().prefix,
            .timeout = store.options().command_timeout};
}

}  // namespace toril::queue
