#!/bin/bash
#PBS -S /bin/bash
#PBS -N test
#PBS -A test
#PBS -q standard
#PBS -l walltime=12:00:00
#PBS -o test.out
#PBS -j oe
#PBS -m abe
#PBS -M someone@example.org
#PBS -a 202205010600
#PBS -V
#PBS -l select=4:ncpus=48:mpiprocs=24:ompthreads=2:ngpus=2:host=BW20:arch=arch
#PBS -l place=scatter:excl
#PBS -l pmem=10mb
#PBS -J 1-4
set -e -o pipefail

# where the job was handed in
cd "${PBS_O_WORKDIR:-${PWD}}"

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
