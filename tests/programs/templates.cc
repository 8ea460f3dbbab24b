/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Known answer: weighted<7> 70 % and weighted<3> 30 %, each as a function of
 * its own; what they call, fold() and a lambda, is inlined into them and
 * takes nearly all of their time.
 *
 * Usage: templates [SECONDS]
 */
#include <numeric>
#include <vector>

#include "work.h"

namespace
{

using numbers = std::vector<unsigned int>;

template <typename Combine>
inline unsigned int fold(const numbers &values, Combine combine)
{
	unsigned int result = 0;

	for (unsigned int value : values)
		result = combine(result, value);
	return result;
}

template <int Weight> WORK_NOINLINE unsigned int weighted(const numbers &values)
{
	return fold(values, [](unsigned int sum, unsigned int value) {
		WORK_BURN(Weight * value);
		return sum + value;
	});
}

} // namespace

int main(int argc, char **argv)
{
	double seconds = work_argument(argc, argv);
	numbers values(10);
	unsigned int sum = 0;

	std::iota(values.begin(), values.end(), WORK_UNIT);
	while (work_seconds() < seconds) {
		sum += weighted<7>(values);
		sum += weighted<3>(values);
	}

	return sum == 1;
}
