export PYTHONPATH=/work/mine
cd /work/mine
