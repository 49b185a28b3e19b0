// Renders the sample pictures of examples/thumbnails: three landscapes of noise and gradients,
// with the grain of a camera. Everything in them is computed here, so that no one else's
// photograph is in the repository.
//
//     g++ -O2 -std=c++20 tools/make_samples.cpp -o make_samples && ./make_samples FOLDER
//
// writes FOLDER/{fjord,dunes,night}.ppm; `vips jpegsave fjord.ppm fjord.jpg --Q 80` and
// `vips pngsave night.ppm night.png --palette` make the committed files from them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace {

struct Colour {
    double r = 0;
    double g = 0;
    double b = 0;
};

Colour mix(Colour a, Colour b, double t) {
    t = std::clamp(t, 0.0, 1.0);
    return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

double hash(std::int64_t x, std::int64_t y, std::uint64_t seed) {
    std::uint64_t h = static_cast<std::uint64_t>(x) * 0x9E3779B97F4A7C15u ^
                      static_cast<std::uint64_t>(y) * 0xC2B2AE3D27D4EB4Fu ^ seed;
    h = (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9u;
    h = (h ^ (h >> 32)) * 0x94D049BB133111EBu;
    return static_cast<double>((h ^ (h >> 29)) >> 11) / 9007199254740992.0;
}

// Smooth noise, 0 to 1.
double noise(double x, double y, std::uint64_t seed) {
    const double fx = std::floor(x);
    const double fy = std::floor(y);
    const auto ix = static_cast<std::int64_t>(fx);
    const auto iy = static_cast<std::int64_t>(fy);
    const auto ease = [](double t) { return t * t * (3 - 2 * t); };
    const double u = ease(x - fx);
    const double v = ease(y - fy);
    const double top = std::lerp(hash(ix, iy, seed), hash(ix + 1, iy, seed), u);
    const double bottom = std::lerp(hash(ix, iy + 1, seed), hash(ix + 1, iy + 1, seed), u);
    return std::lerp(top, bottom, v);
}

// Several octaves of it: ridges, clouds, sand.
double fractal(double x, double y, int octaves, std::uint64_t seed) {
    double sum = 0;
    double weight = 0.5;
    for (int i = 0; i < octaves; ++i, weight /= 2, x *= 2.03, y *= 2.03)
        sum += weight * noise(x, y, seed + static_cast<std::uint64_t>(i));
    return sum / (1 - weight * 2);
}

// x and y from 0 to 1, y down.
using Scene = std::function<Colour(double x, double y)>;

Colour fjord_sky(double x, double y) {
    const Colour zenith{0.20, 0.34, 0.58};
    const Colour horizon{0.98, 0.74, 0.48};
    Colour sky = mix(zenith, horizon, std::pow(y / 0.55, 1.4));
    const double sun = std::hypot((x - 0.68) * 1.5, y - 0.40);
    sky = mix(sky, {1.0, 0.95, 0.80}, 0.8 * std::exp(-sun * sun * 90));
    const double cloud = fractal(x * 4, y * 16, 5, 11);
    return mix(sky, {1.0, 0.86, 0.76}, std::clamp((cloud - 0.52) * 2.2, 0.0, 0.6));
}

Colour fjord_land(double x, double y) {
    Colour colour = fjord_sky(x, y);
    for (int ridge = 0; ridge < 4; ++ridge) {
        const double depth = ridge / 3.0;  // 0 far, 1 near
        const double line =
            0.30 + 0.07 * ridge + 0.20 * (0.6 - fractal(x * (2.2 + ridge), 3.0 * ridge, 7, 40));
        if (y < line) continue;
        const Colour haze{0.80, 0.66, 0.60};
        const Colour rock = mix({0.30, 0.30, 0.40}, {0.07, 0.11, 0.12}, depth);
        const double light = fractal(x * 40 * (1 + depth), (y - line) * 60, 4, 70);
        colour = mix(mix(rock, haze, 0.55 - 0.5 * depth), {0.9, 0.6, 0.45}, 0.18 * light);
    }
    return colour;
}

Colour fjord(double x, double y) {
    constexpr double shore = 0.58;
    if (y < shore) return fjord_land(x, y);
    const double far = (y - shore) / (1 - shore);
    const double wave = (noise(x * 30, y * 260 / (0.2 + far), 5) - 0.5) * 0.05 * (0.15 + far);
    const Colour mirrored = fjord_land(x + wave * 0.3, shore - (y - shore) * 0.9 + wave);
    return mix(mirrored, {0.05, 0.12, 0.19}, 0.25 + 0.45 * far);
}

Colour dunes(double x, double y) {
    Colour colour = mix({0.36, 0.56, 0.80}, {0.93, 0.86, 0.78}, std::pow(y / 0.4, 1.2));
    for (int dune = 0; dune < 5; ++dune) {
        const double depth = dune / 4.0;
        const double crest = 0.34 + 0.13 * dune +
                             (0.10 + 0.05 * depth) * std::sin(x * (3.5 - 0.4 * dune) + dune * 1.9) +
                             0.03 * fractal(x * 3, dune, 4, 9);
        if (y < crest) continue;
        const double below = (y - crest) / 0.25;
        const double ripple =
            std::sin((y * 220 + 18 * fractal(x * 6, y * 6, 4, 21)) / (1.4 - depth));
        const double slope = std::cos(x * (3.5 - 0.4 * dune) + dune * 1.9);
        const Colour lit = mix({0.95, 0.74, 0.48}, {0.86, 0.58, 0.32}, depth);
        const Colour shade = mix({0.66, 0.44, 0.33}, {0.42, 0.24, 0.16}, depth);
        colour = mix(lit, shade, 0.5 + 0.8 * slope * std::exp(-below) + 0.06 * depth * ripple);
    }
    return colour;
}

Colour night(double x, double y) {
    Colour sky = mix({0.02, 0.03, 0.10}, {0.10, 0.16, 0.26}, std::pow(y, 1.5));
    const double band = (y - 0.35) * 1.2 + (x - 0.5) * 0.9;
    const double dust = fractal(x * 6, y * 6, 6, 33);
    sky = mix(sky, {0.50, 0.45, 0.55}, std::exp(-band * band * 30) * dust * 0.7);
    const auto column = static_cast<std::int64_t>(x * 300);
    const auto row = static_cast<std::int64_t>(y * 200);
    const double bright = hash(column, row, 77);
    if (bright > 0.985) {
        const double dx = x * 300 - static_cast<double>(column) - 0.5;
        const double dy = y * 200 - static_cast<double>(row) - 0.5;
        const double star = std::exp(-(dx * dx + dy * dy) * 14) * (bright - 0.985) / 0.015;
        sky = mix(sky, {1, 0.97, 0.92}, star);
    }
    const double trees = 0.80 - 0.10 * fractal(x * 30, 1, 3, 3) - 0.05 * fractal(x * 3, 2, 4, 8);
    return y > trees ? Colour{0.01, 0.015, 0.02} : sky;
}

void render(const std::string& path, int width, int height, double grain, const Scene& scene) {
    std::ofstream out(path, std::ios::binary);
    out << "P6\n" << width << ' ' << height << "\n255\n";
    std::vector<char> row(static_cast<std::size_t>(width) * 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            const Colour colour = scene((x + 0.5) / width, (y + 0.5) / height);
            const double speck = (hash(x, y, 1) - 0.5) * grain;
            const double dx = (x - width / 2.0) / width;
            const double dy = (y - height / 2.0) / height;
            const double lens = 1 - 0.5 * (dx * dx + dy * dy);  // darker towards the corners
            int channel = 0;
            for (double value : {colour.r, colour.g, colour.b})
                row[static_cast<std::size_t>(x) * 3 + static_cast<std::size_t>(channel++)] =
                    static_cast<char>(
                        std::lround(std::clamp(value * lens + speck, 0.0, 1.0) * 255));
        }
        out.write(row.data(), static_cast<std::streamsize>(row.size()));
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : ".";
    render(folder + "/fjord.ppm", 2400, 1600, 0.012, fjord);
    render(folder + "/dunes.ppm", 1400, 2000, 0.010, dunes);
    render(folder + "/night.ppm", 1200, 800, 0.0, night);
}
