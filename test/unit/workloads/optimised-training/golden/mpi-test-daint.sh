#!/bin/bash
#SBATCH --job-name=mpi_test_daint
#SBATCH --partition=normal
#SBATCH --time=1:00:00
#SBATCH --nodes=2
#SBATCH --ntasks=24
#SBATCH --ntasks-per-node=12
#SBATCH --constraint=mc
#SBATCH --output=mpi_test.out
#SBATCH --mail-type=ALL
#SBATCH --mail-user=someone@example.org
#SBATCH --exclusive
set -e -o pipefail

# where the job was handed in
cd "${SLURM_SUBMIT_DIR:-${PWD}}"

# environment
export OMP_NUM_THREADS=2

# build
curl --fail --silent --show-error --location --remote-name -- https://raw.githubusercontent.com/olcf/XC30-Training/master/affinity/Xthi.c
mpicc -o xthi -fopenmp Xthi.c

# the job itself
status=0
srun --ntasks=24 ./xthi || status=$?

exit "${status}"
