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
#PBS -l nodes=4:ppn=24:gpus=2:BW20
#PBS -l pmem=10mb
#PBS -l feature=arch
#PBS -t 1,2,3,4
#PBS -l naccesspolicy=singlejob
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
