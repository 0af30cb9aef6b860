#!/bin/bash
set -e -o pipefail

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
