#!/bin/bash
#SBATCH --job-name=test
#SBATCH --account=test
#SBATCH --partition=standard
#SBATCH --time=12:00:00
#SBATCH --nodes=4
#SBATCH --ntasks=48
#SBATCH --ntasks-per-node=24
#SBATCH --cpus-per-task=2
#SBATCH --mem-per-cpu=10M
#SBATCH --gres=gpu:2
#SBATCH --nodelist=BW20
#SBATCH --constraint=arch
#SBATCH --array=1,2,3,4
#SBATCH --output=test.out
#SBATCH --export=ALL
#SBATCH --mail-type=BEGIN,END,FAIL,INVALID_DEPEND,TIME_LIMIT
#SBATCH --mail-user=someone@example.org
#SBATCH --begin=2022-05-01T06:00
#SBATCH --exclusive
set -e -o pipefail

# where the job was handed in
cd "${SLURM_SUBMIT_DIR:-${PWD}}"

# environment
export OMP_NUM_THREADS=2

# build
git clone -- git://solver
make -j 2

# before
./before.sh

# the job itself
status=0
srun --ntasks=48 --cpus-per-task=2 test_mpi a b c || status=$?

# after
./after.sh

exit "${status}"
