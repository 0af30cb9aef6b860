#!/bin/bash
#PBS -S /bin/bash
#PBS -N resnet
#PBS -l walltime=12:00:00
#PBS -o resnet.out
#PBS -j oe
#PBS -m abe
#PBS -M someone@example.org
#PBS -l nodes=1:ppn=40:gpus=1
set -e -o pipefail

# where the job was handed in
cd "${PBS_O_WORKDIR:-${PWD}}"

# the job itself
status=0
./resnet_benchmark.sh || status=$?

exit "${status}"
