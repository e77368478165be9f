"""Recipe of basket.csv: mlxtend 0.25, `python basket.py > basket.csv`."""
import pandas as pd
from mlxtend.preprocessing import TransactionEncoder
from mlxtend.frequent_patterns import fpgrowth, association_rules
b=["abc","abd","abc","acd","bc","abce","ad","b","ace","bcd"]
t=TransactionEncoder(); m=t.fit_transform([list(x) for x in b])
f=fpgrowth(pd.DataFrame(m,columns=t.columns_),min_support=0.2,use_colnames=True,max_len=3)
r=association_rules(f,metric="confidence",min_threshold=0.5)
rows=sorted(("".join(sorted(x.antecedents)),"".join(sorted(x.consequents)),x.support,x.confidence,x.lift,x.leverage,x.conviction) for x in r.itertuples())
print("antecedent,consequent,support,confidence,lift,leverage,conviction")
for x in rows: print("%s,%s,%.6f,%.6f,%.6f,%.6f,%.6f"%x)
