#!/bin/bash
#PBS -S /bin/bash
#PBS -N mpi_test
#PBS -l walltime=1:00:00
#PBS -o mpi_test.out
#PBS -j oe
#PBS -m abe
#PBS -M someone@example.org
#PBS -l nodes=2:ppn=40
set -e -o pipefail

# where the job was handed in
cd "${PBS_O_WORKDIR:-${PWD}}"

# environment
export OMP_NUM_THREADS=2

# build
curl --fail --silent --show-error --location --remote-name -- https://raw.githubusercontent.com/olcf/XC30-Training/master/affinity/Xthi.c
mpicc -o xthi -fopenmp Xthi.c

# the job itself
status=0
mpirun -np 80 ./xthi || status=$?

exit "${status}"
