-- Managers see every campaign and, through messages and orders, the figures of their own customers. Changing
-- campaigns is for marketers.
update sys.profile
   set rights = jsonb_set(rights, '{objects,campaign}', '{"read":true,"export":true,"rows":"all"}')
 where name = 'manager';
