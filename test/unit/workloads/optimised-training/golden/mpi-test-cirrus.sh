#!/bin/bash
#SBATCH --job-name=mpi_test_cirrus
#SBATCH --account=dc117
#SBATCH --partition=standard
#SBATCH --qos=standard
#SBATCH --time=1:00:00
#SBATCH --nodes=4
#SBATCH --ntasks=4
#SBATCH --ntasks-per-node=1
#SBATCH --output=mpi_test.out
#SBATCH --mail-type=ALL
#SBATCH --mail-user=someone@example.org
#SBATCH --exclusive
set -e -o pipefail

# where the job was handed in
cd "${SLURM_SUBMIT_DIR:-${PWD}}"

# environment
export OMP_NUM_THREADS=2

# the job itself
status=0
srun --ntasks=4 ./xthi || status=$?

exit "${status}"
