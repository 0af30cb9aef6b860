#!/bin/bash
set -e -o pipefail

# environment
export OMP_NUM_THREADS=2

# build
git clone -- git://solver
make -j 2

# before
./before.sh

# the job itself
status=0
mpirun -np 48 test_mpi a b c || status=$?

# after
./after.sh

exit "${status}"
