#!/bin/bash
#SBATCH --job-name=resnet
#SBATCH --time=12:00:00
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=40
#SBATCH --gres=gpu:1
#SBATCH --output=resnet.out
#SBATCH --mail-type=BEGIN,END,FAIL,INVALID_DEPEND,TIME_LIMIT
#SBATCH --mail-user=someone@example.org
set -e -o pipefail

# where the job was handed in
cd "${SLURM_SUBMIT_DIR:-${PWD}}"

# modules
module load cuda/10.1
module load openmpi

# environment
export TF_XLA_FLAGS='--tf_xla_auto_jit=2'
export NOTE='it'\''s $HOME; ok'

# image
engine="$(command -v apptainer || command -v singularity || true)"
image="${SINGULARITY_DIR:-${PWD}}"/tensorflow_2.1.0-gpu-py3.sif
if [[ -z "${engine}" ]]; then
  printf '%s\n' 'neither apptainer nor singularity is on PATH' >&2
  exit 69
fi
if [[ ! -e "${image}" ]]; then
  printf '%s\n' "the image ${image} is not there; where there is internet: ${engine} pull ${image} "docker://tensorflow/tensorflow:2.1.0-gpu-py3 >&2
  exit 66
fi

# the job itself
status=0
"${engine}" exec --nv "${image}" ./resnet_benchmark.sh || status=$?

exit "${status}"
