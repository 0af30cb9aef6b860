#!/bin/bash
#SBATCH --job-name=mpi_test_egi
#SBATCH --time=1:00:00
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --output=mpi_test.out
#SBATCH --mail-type=BEGIN,END,FAIL,INVALID_DEPEND,TIME_LIMIT
#SBATCH --mail-user=someone@example.org
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
srun --ntasks=80 --overcommit ./xthi || status=$?

exit "${status}"
