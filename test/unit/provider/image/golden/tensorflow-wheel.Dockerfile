FROM localhost/underlay-root:0123456789ab
LABEL underlay.image="tensorflow-2.21-wheel-cpu"
COPY ["file-0","/opt/underlay/training/run"]
COPY ["file-1","/opt/underlay/optimised-training/run"]
ENTRYPOINT ["python3","/opt/underlay/optimised-training/run/train.py"]
