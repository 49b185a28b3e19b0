#include "base/uuid.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace toril::base {

std::string make_uuid() {
    return boost::uuids::to_string(boost::uuids::random_generator_pure()());
}

}  // namespace toril::base
