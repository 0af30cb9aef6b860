FROM docker.io/library/debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends g++ openssl python3 python3-dev && rm -rf /var/lib/apt/lists/*
LABEL underlay.image="pytorch-2.15-wheel-cpu"
COPY ["file-0","/usr/local/lib/python3.11/dist-packages"]
COPY ["file-1","/opt/underlay/training/run"]
COPY ["file-2","/opt/underlay/optimised-training/run"]
ENTRYPOINT ["python3","/opt/underlay/optimised-training/run/train.py"]
